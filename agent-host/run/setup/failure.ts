import type { CheckFailure } from "../../../schema/proof/proof.ts";
import { makeFailure } from "../run-step.ts";

export const failSetup = (reason: string): CheckFailure => makeFailure("setup", "setup_failed", reason);
export const isSetupFailure = (found: object): found is CheckFailure => "why" in found && "reason" in found;
/** A file of the commit stands where packages are installed. */
export const failTracked = (path: string): CheckFailure =>
  failSetup(
    `${path} is in the repository. Take it out (\`git rm -r --cached\`, and its folder into .gitignore): what the lockfile names is installed by the platform.`,
  );
