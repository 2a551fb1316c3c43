/**
 * How slow this machine is beside the reference, from 1: `npm test` measures it (`calibration.ts`) and hands
 * it on to the processes of the tests. 1 where nobody measured.
 */
export function readMachineFactor(): number {
  const said = process.env.GROWQR_MACHINE ?? "1";
  const factor = Number(said);
  if (!(factor >= 1 && factor < 100)) throw new Error(`GROWQR_MACHINE says how slow this machine is, as a number from 1, not ${said}`);
  return factor;
}

/**
 * A limit that ends what hangs, in milliseconds on this machine. `ms`: what it is on the reference machine.
 * Every limit of a test, a hook and a wait goes through here once. What the product itself promises does not:
 * a test of a product's deadline passes a clock.
 */
export const limit = (ms: number): number => Math.round(ms * readMachineFactor());
