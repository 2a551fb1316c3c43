import type { CheckFailure, FailureCause, RunLine } from "../../schema/proof/proof.ts";

export type EmitLine = (line: RunLine) => void;
type Step = Extract<RunLine, { type: "step" }>["step"];

/** Does one step of a run and emits how long it took. */
export async function timeStep<T>(emit: EmitLine, step: Exclude<Step, "room">, work: Promise<T>): Promise<T> {
  const began = performance.now();
  const value = await work;
  emit({ type: "step", step, ms: Math.round(performance.now() - began) });
  return value;
}

export const makeFailure = (check: string, why: FailureCause, reason: string): CheckFailure => ({ check, why, reason });
