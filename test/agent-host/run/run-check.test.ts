import { expect, it } from "vitest";
import { type RoomResult, roomUsers } from "../../../agent-host/run/room/run-room.ts";
import { judgeAnswer, judgeResult, type UrlCheck } from "../../../agent-host/run/run-check.ts";
import { toNamedCheck } from "../../../schema/proof/check.ts";
import { type CommandCheck, roomCheck } from "../../../schema/proof/proof.ts";

const ran = (change: Partial<RoomResult> & { text?: string } = {}): RoomResult => {
  const out = Buffer.from(change.text ?? "");
  return { code: 0, out, bytes: out.length, ended: "itself", ms: 1, ...change };
};

it("a command passes only with the very exit code, words and time that it asks for", () => {
  const check = roomCheck.parse(toNamedCheck("tests.0", { command: "true", exit_code: 0, contains: "ok", timeout: 5 })) as CommandCheck;
  const why = (change: Partial<RoomResult>, text: string) => judgeResult(check, ran(change), text).why ?? "passed";
  expect(why({}, "all ok")).toBe("passed");
  expect(why({}, "all")).toBe("text_missing");
  expect(why({ code: 1 }, "ok")).toBe("exit_code");
  expect(why({ ended: "late" }, "ok")).toBe("timeout");
  expect(why({ ended: "too_much" }, "ok")).toBe("too_much_output");
});

it("an address passes only when the command's own server gave the answer", () => {
  const page = toNamedCheck("acceptance.0", {
    url: "http://localhost:80/",
    should_respond: { status: 200, contains: "hello" },
    timeout: 5,
  });
  const check = roomCheck.parse(page) as UrlCheck;
  const server = { port: "80", serve: "serve", uid: 20_009 };
  const why = (uid: number, status: number, body: string) =>
    judgeAnswer(check, server, ran({ text: `uid ${uid}\nstatus ${status}\n${body}` }), ran())[0].why ?? "passed";
  expect(why(server.uid, 200, "hello you")).toBe("passed");
  expect(why(server.uid, 200, "bye")).toBe("text_missing");
  expect(why(server.uid, 500, "hello")).toBe("status");
  expect(why(roomUsers.probe, 200, "hello")).toBe("other_server");
  expect(judgeAnswer(check, server, ran(), ran())[0].why).toBe("no_server");
});
