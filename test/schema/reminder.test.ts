import { base64url } from "jose";
import { describe, expect, test } from "vitest";
import type { ApprovalSubject } from "../../schema/approval/approval.ts";
import { encryptPush, publicPushKey, pushMessageBytes } from "../../schema/reminder/push-message.ts";
import {
  deliveryTryMs,
  isDeliveryDue,
  isDeliveryOpen,
  mostDeliveryTries,
  nextReminder,
  outsideTitle,
  type QuestionId,
  remindAfter,
} from "../../schema/reminder/reminder.ts";
import { composeMail, composePush, questionPath } from "../../schema/reminder/reminder-text.ts";
import { makeWebhookSecret, signWebhook } from "../../schema/reminder/webhook.ts";

const hour = 3_600_000;
const now = 1_800_000_000_000;

describe("the next reminder", () => {
  const question = (hours: number) => ({ createdAt: now, expiresAt: now + hours * hour });
  test("comes after two minutes, and once more when a twelfth of a long life is left; never a third", () => {
    expect(nextReminder(question(24), 0, now)).toEqual({ number: 1, at: now + remindAfter });
    expect(nextReminder(question(24), 1, now + hour)).toEqual({ number: 2, at: now + 22 * hour });
    expect(nextReminder(question(24), 2, now + 23 * hour)).toBeUndefined();
    expect(nextReminder(question(1), 1, now + remindAfter)).toBeUndefined();
  });
  test("is not there for a question that ends before it, or has ended", () => {
    expect(nextReminder(question(0.03), 0, now)).toBeUndefined();
    expect(nextReminder(question(24), 0, now + 24 * hour)).toBeUndefined();
    expect(nextReminder(question(24), 1, now + 25 * hour)).toBeUndefined();
  });
  test("that nobody sent in its time gives way to the later one", () => {
    expect(nextReminder(question(24), 0, now + 3 * hour)).toEqual({ number: 1, at: now + remindAfter });
    expect(nextReminder(question(24), 0, now + 23 * hour)).toEqual({ number: 2, at: now + 22 * hour });
  });
  test("of what has no end comes later, and once more after a day; never a third", () => {
    const endless = { createdAt: now };
    expect(nextReminder(endless, 0, now)).toEqual({ number: 1, at: now + 10 * remindAfter });
    expect(nextReminder(endless, 1, now + hour)).toEqual({ number: 2, at: now + 10 * remindAfter + 24 * hour });
    expect(nextReminder(endless, 0, now + 100 * hour)).toEqual({ number: 2, at: now + 10 * remindAfter + 24 * hour });
    expect(nextReminder(endless, 2, now + 100 * hour)).toBeUndefined();
  });
  test("comes when the installation says", () => {
    expect(nextReminder(question(24), 0, now, 500)).toEqual({ number: 1, at: now + 500 });
  });
});

describe("a delivery", () => {
  test("is tried while it is due, and when its try must be dead, up to a bound", () => {
    expect(isDeliveryDue({ state: "due", tries: 0, triedAt: now }, now)).toBe(true);
    expect(isDeliveryDue({ state: "due", tries: mostDeliveryTries, triedAt: now }, now)).toBe(false);
    expect(isDeliveryDue({ state: "sending", tries: 1, triedAt: now - deliveryTryMs }, now)).toBe(false);
    expect(isDeliveryDue({ state: "sending", tries: 1, triedAt: now - deliveryTryMs - 1 }, now)).toBe(true);
    for (const state of ["sent", "failed"] as const) {
      expect(isDeliveryDue({ state, tries: 1, triedAt: 0 }, now)).toBe(false);
      expect(isDeliveryOpen({ state, tries: 1, triedAt: 0 })).toBe(false);
    }
    expect(isDeliveryOpen({ state: "sending", tries: mostDeliveryTries, triedAt: 0 })).toBe(false);
  });
});

describe("what leaves the platform", () => {
  test("is never a command, a change or an address, which may hold a secret", () => {
    const subjects: ApprovalSubject[] = [
      { kind: "command", command: "curl -H 'authorization: Bearer sk-1'" },
      { kind: "diff", path: "/x", diff: "+sk-1" },
      { kind: "operation", operation: "https://x.example/?key=sk-1" },
    ];
    for (const subject of subjects) expect(outsideTitle({ title: "Run sk-1", subject })).not.toContain("sk-1");
    expect(outsideTitle({ title: "Blue?", subject: { kind: "question", question: "Blue?", options: [] } })).toBe("Blue?");
  });
  test("is one line, escaped, and the same each time", () => {
    const told = { title: "a\r\nBcc: x@example.com <i>&", agent: "Grow\u202eAgent", task: '"T"', expiresAt: now, path: "/inbox?id=apr_1" };
    const mail = composeMail(told, "https://app.example");
    expect(mail.subject).toBe("Grow Agent asks: a Bcc: x@example.com <i>&");
    expect(mail.html).toContain("a Bcc: x@example.com &lt;i&gt;&amp;");
    expect(mail.html).toContain('href="https://app.example/inbox?id=apr_1"');
    expect(mail.html).not.toContain("<i>");
    expect(mail.text).toContain("until 15 January, 08:00 UTC");
    expect(composeMail(told, "https://app.example")).toEqual(mail);
  });
  test("says that it waits until it is answered, where nothing ends it", () => {
    const told = { title: "May it remember something about you?", agent: "Grow Agent", path: "/inbox?id=prp_1" };
    expect(composeMail(told, "https://app.example").text).toContain("It waits until you answer.");
    expect(composeMail({ ...told, notice: true }, "https://app.example").text).not.toContain("It waits");
    expect(["apr_1", "prp_1", "pln_1", "qst_1"].map((id) => questionPath(id as QuestionId))).toEqual([
      "/inbox?id=apr_1",
      "/inbox?id=prp_1",
      "/plan/pln_1",
      "/quest?tab=running&id=qst_1",
    ]);
  });
  test("names how many wait when it speaks for several", () => {
    const told = { title: "Blue?", agent: "Grow Agent", expiresAt: now, path: "/inbox?id=apr_1", more: 2 };
    const mail = composeMail(told, "https://app.example");
    expect(mail.subject).toBe("3 questions wait: Blue?");
    for (const body of [mail.text, mail.html]) expect(body).toContain("2 more questions wait for you.");
    expect(composePush(told, "apr_1")).toMatchObject({ title: "3 questions wait", text: "Blue?" });
    expect(composeMail({ ...told, more: 1 }, "https://app.example").text).toContain("1 more question waits for you.");
  });
  test("fits into one message of web push, however long the words", () => {
    const told = { title: "ü".repeat(200), agent: "ü".repeat(200), task: "ü".repeat(300), expiresAt: now, path: "/inbox?id=apr_1" };
    expect(new TextEncoder().encode(JSON.stringify(composePush(told, "apr_1"))).length).toBeLessThan(pushMessageBytes);
  });
});

describe("a message of web push", () => {
  /** RFC 8291, section 5 and appendix A. */
  const rfc = {
    text: "When I grow up, I want to be a watermelon",
    auth: "BTBZMqHH6r4Tts7J_aSIgg",
    theirs: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    ours: "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8",
    private: "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw",
    salt: "DGv6ra1nlYgDCS1FRnbzlw",
    body: "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN",
  };
  test("is byte for byte what RFC 8291 shows", async () => {
    const point = base64url.decode(rfc.ours);
    const jwk = { kty: "EC", crv: "P-256", x: base64url.encode(point.slice(1, 33)), y: base64url.encode(point.slice(33)) };
    const curve = { name: "ECDH", namedCurve: "P-256" };
    const keys = {
      publicKey: await crypto.subtle.importKey("jwk", jwk, curve, true, []),
      privateKey: await crypto.subtle.importKey("jwk", { ...jwk, d: rfc.private }, curve, true, ["deriveBits"]),
    };
    const body = await encryptPush(rfc.text, { p256dh: rfc.theirs, auth: rfc.auth }, { salt: base64url.decode(rfc.salt), keys });
    expect(base64url.encode(body)).toBe(rfc.body);
    expect(publicPushKey(jwk)).toBe(rfc.ours);
  });
});

test("a webhook is signed as the specification's own example", () => {
  const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  expect(signWebhook(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, '{"test": 2432232314}')).toEqual({
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
  });
  expect(makeWebhookSecret(new Uint8Array(32))).toBe(`whsec_${"A".repeat(43)}=`);
});
