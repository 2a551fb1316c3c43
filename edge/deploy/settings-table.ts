import { readFileSync, writeFileSync } from "node:fs";
import { type EdgeSetting, listEdgeSettings } from "../settings-rules.ts";
import { inCheckout } from "./checkout.ts";
import { deploymentNeeds, derivedSettings } from "./settings-file.ts";

/**
 * The table of settings in edge/README.md, made of the Worker's own rules. `npm run settings` writes it
 * anew; a test fails until it is what the rules say.
 */
const document = inCheckout("edge/README.md");
const [beginMark, endMark] = ["<!-- settings: npm run settings -->\n", "<!-- /settings -->"];

function describeAbsence({ name, needed, otherwise }: EdgeSetting): string {
  if (derivedSettings.includes(name)) return "found out by `npm run deploy` and the service `edge`";
  if (needed) return "**needed**";
  if (deploymentNeeds.includes(name)) return "**needed** to deploy";
  return otherwise === undefined ? "–" : `\`${otherwise}\``;
}
const describeRow = (setting: EdgeSetting) =>
  `| \`${setting.name}\`${setting.isSecret ? " (secret)" : ""} | ${setting.about} | ${describeAbsence(setting)} |`;

/** edge/README.md as it is, and as it must be. */
export function readSettingsTable(): { written: string; right: string } {
  const written = readFileSync(document, "utf8");
  const [before = "", rest = ""] = written.split(beginMark);
  const [, after] = rest.split(endMark);
  if (after === undefined) throw new Error(`${document} has no place for the table of settings: ${beginMark}${endMark}`);
  const rows = ["| name | what | absent |", "| --- | --- | --- |", ...listEdgeSettings().map(describeRow)];
  return { written, right: `${before}${beginMark}\n${rows.join("\n")}\n\n${endMark}${after}` };
}
export function writeSettingsTable(): void {
  writeFileSync(document, readSettingsTable().right);
}
