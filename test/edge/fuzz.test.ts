import { appendFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { fuzzApi } from "../fuzz/schemathesis.ts";
import { limit } from "../harness/suite/limit.ts";
import { times } from "../harness/suite/long-run.ts";
import { seed } from "../harness/suite/seed.ts";
import { ask, edgeUp, newMember } from "./client.ts";
import { startTirelessEdge } from "./tireless-edge.ts";

/**
 * Issue 28.3: schemathesis makes calls of the description, right ones and wrong ones, and holds the answers
 * against it: no 5xx, no status, type or shape that is not promised, nothing taken that it does not take.
 */
const longest = limit(900_000);
const folder = path.join(edgeUp.folder, "fuzz");
test("schemathesis finds no answer that the description does not promise", { timeout: longest }, async ({ signal }) => {
  const { edge, stop } = await startTirelessEdge("fuzzed-edge");
  const examples = String(times({ few: 5, all: 10, long: 100 }));
  let said = "";
  try {
    const { actor, token } = await newMember();
    const known = { actorId: actor.id, agentId: actor.id, workspaceId: actor.workspaceId, channelId: actor.channel };
    const code = await fuzzApi(
      { url: edge.url, token, known, folder, signal },
      ["--seed", String(seed), "--max-examples", examples, "--continue-on-failure", "--request-timeout", "30"],
      (text) => {
        said += text;
        appendFileSync(path.join(folder, "said.log"), text);
      },
    );
    expect(code === 0 ? "" : said).toBe("");
    expect((await ask("GET", "/me", { token: await token(), edge })).status).toBe(200); // it was a member to the end
  } finally {
    await stop();
  }
});
