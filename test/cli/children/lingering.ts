import { listenForShutdown } from '../../../src/cli/shutdown.ts';

/** Asked to leave, it says by whom, and stays until it is asked again. */
const { requested } = listenForShutdown();
const staying = setInterval(() => undefined, 1_000);
console.log('listening');
console.log(`asked by ${await requested}`);
setTimeout(() => clearInterval(staying), 60_000);
