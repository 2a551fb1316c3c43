import { detectEnvironment } from "./describe-environment.ts";
import type { Environment } from "./environment.ts";
import type { SetupTexts } from "./setup-paths.ts";

/** A command that listens on the port in PORT, or a folder of pages, "" for the root. */
export type Serving = { start: string; site?: undefined } | { start?: undefined; site: string };
/**
 * What serves a project, in a proof and in a release alike: as its environment file says, else as its files
 * show. Undefined where neither says it.
 */
export function chooseServing(
  paths: readonly string[],
  texts: SetupTexts,
  said?: Pick<Environment, "start" | "site">,
): Serving | undefined {
  const { start, site } = said?.start === undefined && said?.site === undefined ? detectEnvironment(paths, texts) : said;
  if (start !== undefined) return { start };
  return site === undefined ? undefined : { site };
}
