/** Longer than any flag or command of ours, shorter than most secrets are with their flag. */
const FLAG = /^--[a-z][a-z-]{0,19}(?==|$)/;
const COMMAND = /^[a-z][a-z-]{0,11}$/;

/**
 * Drops from a sentence of the parser what the user typed as a value: it may be a password that stands in the wrong place.
 * Flags and commands stay, so that a typing error can be seen.
 */
export function withoutValues(sentence: string): string {
  return (
    sentence
      .replace(/ argument '.*' is invalid\. ?/s, ' is invalid. ')
      .replace(/ value '.*' from env '(\w+)' is invalid\. ?/s, " from env '$1' is invalid. ")
      // Of a value that is quoted once more by what found it wrong, only one that may hold a user is dropped.
      .replace(/"[^"]*@[^"]*"/g, 'The value')
      .replace(/unknown option '(.*)'/s, (_, flag: string) => {
        const [known] = FLAG.exec(flag) ?? [];
        return known === undefined ? 'unknown option' : `unknown option '${known}'`;
      })
      .replace(/unknown command '(.*)'/s, (_, name: string) =>
        COMMAND.test(name) ? `unknown command '${name}'` : 'unknown command',
      )
  );
}
