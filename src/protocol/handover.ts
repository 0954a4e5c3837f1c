import type { Ballot } from './ballot.ts';
import type { Decide, Handover, Settled } from './messages.ts';
import { type Decision, sameAccepted } from './register.ts';

/**
 * What a home's answer says was decided, of the writes that were handed to it. A place that is not in the handover tells nothing.
 * @param isOpen whether a place is still waited for.
 */
export function decisionsOf(
  { writes }: Handover,
  { won, decided }: Settled,
  ballot: Ballot,
  isOpen: (place: number) => boolean = () => true,
): readonly Decide[] {
  const decides: Decide[] = [];
  for (const place of won) {
    const write = isOpen(place) ? writes[place] : undefined;
    if (write) decides.push({ type: 'decide', name: write.name, decision: { ballot, proposal: write.proposal } });
  }
  for (const { place, decision } of decided) {
    const write = isOpen(place) ? writes[place] : undefined;
    if (write) decides.push({ type: 'decide', name: write.name, decision });
  }
  return decides;
}

/** A home's answer to a handover, from what was decided of it. What was proposed need not be sent back. */
export function settledOf(
  { writes }: Handover,
  decisions: readonly { readonly place: number; readonly decision: Decision }[],
  ballot: Ballot,
): Settled {
  const won: number[] = [];
  const decided: { readonly place: number; readonly decision: Decision }[] = [];
  for (const { place, decision } of decisions) {
    const write = writes[place];
    const isOwn = write !== undefined && sameAccepted(decision, { ballot, proposal: write.proposal });
    if (isOwn) won.push(place);
    else decided.push({ place, decision });
  }
  return { won, decided };
}
