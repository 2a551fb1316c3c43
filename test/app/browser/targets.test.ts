import { expect, test } from "vitest";
import type { GitTokenView } from "../../../schema/git/git-token.ts";
import type { ModelChoicesOut } from "../../../schema/provider/model-choice.ts";
import type { RemindersOut } from "../../../schema/reminder/reminder.ts";
import { newId } from "../../../schema/wire/id.ts";
import { smallTargets } from "../../harness/small-targets.ts";
import { coder, command, goTo, now, open, page, plan, questId, serveTeam } from "./sample-team.ts";

const reminders: RemindersOut = {
  email: { on: true, address: "ada@example.com", sends: true, demo: null },
  push: { key: `B${"A".repeat(86)}`, devices: [] },
  webhook: null,
};
const models: ModelChoicesOut = {
  choices: [],
  offered: [{ paidBy: "platform", provider: "compatible", models: ["demo"] }],
  standard: { fast: "demo", standard: "demo", deep: "demo" },
};
const gitToken: GitTokenView = {
  ...{ id: newId("gtk"), name: "Laptop", repositories: ["projects/bakery"], scope: "read", kind: "token" },
  ...{ createdAt: now, expiresAt: now + 86_400_000, lastUsedAt: null },
};
/** What the pages of machines read beside the team. */
const answers: Record<string, object> = {
  "/reminders": reminders,
  "/audit": { rows: [], next: null },
  "/models": models,
  "/keys": { keys: [] },
  "/hosts": { hosts: [], runners: [], homeless: [] },
  "/hosts/tokens": { tokens: [] },
  "/secrets": { secrets: [{ name: "tracker-key", origin: "https://api.tracker.example", updatedAt: now }] },
  "/git/tokens": { tokens: [gitToken] },
};
serveTeam((method, path) => (method === "GET" && answers[path] ? { status: 200, body: answers[path] } : undefined));

const [talk, work] = [
  ["/", `/c/${coder}`, "/inbox", `/inbox?id=${command.id}`, "/session", "/help-desk", "/settings", "/profile", "/reminder", "/plan-usage"],
  ["/timeline", `/plan/${plan.id}`, "/memories", "/files", "/goal", "/quest", `/quest?tab=running&id=${questId}`, "/project/bakery"],
];
const machines = ["/kinds", "/project", "/machine", "/secret", "/model-key", "/git-token", "/audit-log"];

/** The page has come, with what it reads, and changes no more. */
const drawn = () =>
  page.evaluate(
    () =>
      new Promise<void>((resolve) => {
        let [parts, frames] = [0, 0];
        const look = () => {
          const now = document.querySelectorAll("main *").length;
          const reads = /^Reading|Connecting/m.test(document.querySelector("main")?.innerText ?? "Reading");
          frames = now === parts && now > 5 && !reads ? frames + 1 : 0;
          parts = now;
          if (frames === 20) resolve();
          else requestAnimationFrame(look);
        };
        look();
      }),
  );

test.each([
  ["talks", talk],
  ["works", work],
  ["machines", machines],
])("on a phone all that can be pressed takes a thumb: the pages of %s", async (_of, places) => {
  await open(places[0]!, { size: "phone" });
  const small: string[] = [];
  for (const place of places) {
    await goTo(place);
    await drawn();
    small.push(...(await smallTargets(page)).map((target) => `${place} ${target}`));
  }
  expect(small).toEqual([]);
});
