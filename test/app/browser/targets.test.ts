import { expect, test } from "vitest";
import { smallTargets } from "../../harness/small-targets.ts";
import { coder, command, goTo, open, page, plan, questId, serveTeam } from "./sample-team.ts";

serveTeam();

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
