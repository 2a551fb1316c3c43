import { expect } from "vitest";
import { projectDetail } from "../../../schema/project/project.ts";
import { limit } from "../../harness/suite/limit.ts";
import type { Owner } from "../owner.ts";
import { look } from "../preview/preview-visitor.ts";

/**
 * A menu that answers until somebody has asked for its note, which it says in its log. It is the one bug that
 * the demo model can mend (`repair-files.ts`).
 */
const minutes = 60_000;
const program =
  "let broken = false; require('http').createServer((asked, answer) => { if (asked.url === '/note') { broken = true; console.log('GET /note came') } answer.statusCode = broken ? 500 : 200; answer.end('Menu') }).listen(process.env.PORT)";
const contains = [
  { file: ".growqr/environment.yaml", text: "start: sh serve.sh" },
  { file: "serve.sh", text: `exec node -e "${program}"` },
];

/** It is written, proven, merged and put online by its owner's yes. Answers when its watch time is over. */
export async function bringMenuOnline(owner: Owner) {
  await owner.proveMain("menu-app", { outputs: contains.map(({ file }) => file), contains }, { project: "menu", deploy: true });
  const { body: first } = await owner.allowUntil(untilServes(owner, "member"));
  const { address } = projectDetail.parse((await owner.person.call("GET", "/projects/menu")).body).project;
  const { headers } = await owner.enter("menu");
  const status = async (path = "/") => (await look(address!, path, { headers })).status;
  expect(await status()).toBe(200);
  await expect.poll(() => Date.now() - first.servedAt!, { timeout: limit(2 * minutes) }).toBeGreaterThan(65_000);
  return { first, status };
}
/** A release of it serves that its member asked for, or the platform itself. */
export const untilServes = ({ events }: Owner, by: "member" | "platform") =>
  events.wait("release.state", ({ body }) => body.project === "menu" && body.by === by && body.state === "serving", 5 * minutes);
