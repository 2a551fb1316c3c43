import type { CheckFailure } from "../../../schema/proof/proof.ts";
import { makeFailure } from "../run-step.ts";

export const failSetup = (reason: string): CheckFailure => makeFailure("setup", "setup_failed", reason);
export const isSetupFailure = (found: object): found is CheckFailure => "why" in found && "reason" in found;
