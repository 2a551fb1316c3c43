import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { describe, expect, test } from "vitest";
import { buildFeedItems } from "../../edge/app/conversation/feed-item.ts";
import { MemberText, shortenText, splitMemberText, WholeText } from "../../edge/app/conversation/member-text.tsx";
import { EventLog } from "../../edge/app/live/event-log.ts";
import { Outbox } from "../../edge/app/live/outbox.ts";
import { storedEvent } from "../../schema/event.ts";
import { newId } from "../../schema/wire/id.ts";
import { expectLinear, fillText } from "../harness/linear.ts";
import { SampleActor } from "./sample-actor.ts";

const shown = (text: string) => renderToStaticMarkup(createElement(WholeText, { text }));

describe("what a member writes", () => {
  test("has its code in blocks and lines, and all else is the text that it is", () => {
    expect(splitMemberText("Look:\n```ts\nconst a = 1;\n```\nand")).toEqual([
      { code: false, text: "Look:" },
      { code: true, text: "const a = 1;" },
      { code: false, text: "and" },
    ]);
    expect(shown("use `npm ci`, not `npm i")).toContain("use <code>npm ci</code>, not `npm i");
    expect(shown("# no heading, *no* stars, [x](javascript:alert(1))")).toContain("# no heading, *no* stars, [x](javascript:alert(1))");
  });

  test("is inert: HTML in code and outside is text", () => {
    const html = shown("<img src=x onerror=alert(1)>\n```html\n<script>alert(1)</script>\n```\n`<b>`");
    expect(html).not.toMatch(/<(img|script|b)\b/);
    expect(html).toContain("&lt;script&gt;");
  });

  test("makes few elements in time in proportion to its length, whatever it is", () => {
    for (const piece of ["`a", "```\n", "```\n\n", "`", "x", "\n"])
      for (const length of [32_000, 1_000_000]) {
        expect(shown(fillText(piece)(length)).split("<").length).toBeLessThan(2_000);
        expectLinear(`${length} of ${piece}`, length / 4, fillText(piece), shown);
      }
  });
});

test("a long message shows its beginning, and all of it at a press; a block of code that is cut is closed", () => {
  expect(shortenText("a line\n".repeat(20))).toBeUndefined();
  expect(shortenText("word ".repeat(2_000))).toHaveLength(1_501);
  expect(shortenText("a line\n".repeat(100))?.split("\n")).toHaveLength(20);
  expect(shortenText(`Look:\n\`\`\`\n${"const a = 1;\n".repeat(100)}\`\`\`\nso`)?.endsWith("```")).toBe(true);
  const html = renderToStaticMarkup(createElement(MemberText, { text: "word ".repeat(2_000), name: "one" }));
  expect(html).toContain("Show all of it");
  expect(html.length).toBeLessThan(2_000);
});

test("a message says what became of it: it waits, it was cancelled, it failed; a cancelled turn has no row of its own", () => {
  const actor = new SampleActor();
  const turns = [newId("trn", 1), newId("trn", 2), newId("trn", 3)] as const;
  for (const turnId of turns) {
    actor.append("message.sent", { messageId: newId("msg"), clientId: `client-${turnId}`, text: "Hi", turnId });
    actor.append("turn.state", { turnId, state: "queued" });
  }
  actor.append("turn.state", { turnId: turns[1], state: "stopped", reason: "cancelled" });
  actor.append("turn.state", { turnId: turns[0], state: "running" });
  actor.append("turn.state", { turnId: turns[0], state: "failed" });
  const log = new EventLog();
  log.begin(
    actor.events.map((event) => storedEvent.parse(event)),
    actor.events.length,
  );
  const rows = buildFeedItems(log.view(), [], { read: 99, until: 99 }).flatMap((item) =>
    item.type === "row" ? [[item.row.type, item.fate]] : [],
  );
  expect(rows.filter(([type]) => type === "member").map(([, fate]) => fate)).toEqual(["failed", "cancelled", "queued"]);
  expect(rows.filter(([type]) => type === "turn")).toHaveLength(1);
});

test("a press that comes twice, on this page or another, is one message", () => {
  const kept = new Map<string, string>();
  const store = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  };
  const [here, there] = [new Outbox(store, "agt_1"), new Outbox(store, "agt_1")];
  for (const outbox of [here, here, there]) outbox.add("again", 1, { clientId: "again-trn_1" });
  expect(new Outbox(store, "agt_1").entries).toHaveLength(1);
});
