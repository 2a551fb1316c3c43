import { expect, test } from "vitest";
import { StackUse } from "../../../agent-host/stack/stack-use.ts";
import { newId } from "../../../schema/wire/id.ts";

test("a member's calls past their agents are told by their age: Git and files as asking, previews as looking, apps as neither", () => {
  let now = 1_000;
  const use = new StackUse(() => now);
  const [ada, ben, agent] = [newId("mem"), newId("mem"), newId("agt")];
  const call = (path: string) => use.noteCall(ada, `/stacks/${ada}${path}`);
  for (const path of ["/logs", "/egress", "/views/x", "/apps/shop/git/x", `/agents/${agent}/opencode/ports/1`]) call(path);
  expect(use.describe(ada)).toEqual({});
  call(`/agents/${agent}/ports/5173/index.html`);
  now += 5_000;
  expect(use.describe(ada)).toEqual({ looked: 5_000 });
  for (const path of [
    "/git/growqr/memory.git/info/refs",
    "/push/projects/a.git/git-receive-pack",
    "/commits",
    `/agents/${agent}/attachments/a.png`,
  ]) {
    now += 1_000;
    call(path);
    expect(use.describe(ada).asked).toBe(0);
  }
  now += 2_000;
  expect(use.describe(ada)).toEqual({ asked: 2_000, looked: 11_000 });
  expect(use.describe(ben)).toEqual({});
});
