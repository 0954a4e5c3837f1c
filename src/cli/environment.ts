const NO = ['0', 'false', 'no', 'off'];

/**
 * Drops from the environment what only looks like a setting: an empty variable, as compose files and shells leave them,
 * and a switch that says no. The parser takes a switch's mere presence for yes.
 */
export function tidyEnvironment(environment: NodeJS.ProcessEnv): void {
  for (const [name, value] of Object.entries(environment)) {
    if (!name.startsWith('STELE_')) continue;
    const isSwitch = name === 'STELE_JSON' || name === 'STELE_DEBUG';
    if (value === '' || (isSwitch && NO.includes(value?.toLowerCase() ?? ''))) delete environment[name];
  }
}

/** What says where NATS is and how to be let in. */
const OF_NATS = /^STELE_(NATS($|_)|CREDS$|NKEY$|TLS_)/;

/** Drops what is meant for another NATS server than the one that this process starts, and must not be shown to it. */
export function forgetNats(environment: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(environment)) if (OF_NATS.test(name)) delete environment[name];
}
