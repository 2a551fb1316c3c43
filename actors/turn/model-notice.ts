import { trimTail } from "../../schema/wire/foreign-text.ts";
import { record } from "../kernel/transaction.ts";
import type { Follow } from "./follow.ts";
import { opaqueId } from "./tool-view.ts";
import { turnId } from "./turn-row.ts";

/** What a member is told while the model keeps them waiting. */
async function tellModelNotice(follow: Follow, ref: string, code: "model_retry" | "model_quiet", text: string): Promise<void> {
  const body = { level: "info", code, text, turnId: turnId(follow.row) } as const;
  await record(follow.self, follow.requestId, (writer) =>
    writer.append("notice", { ref, turnId: follow.row.id, channel: follow.agent.channel, body }),
  );
}

/** The model's answer failed and is tried again: each reason once a turn, whatever numbers are in it. */
export async function tellRetry(follow: Follow, retry: { message: string; next: number | undefined }): Promise<void> {
  const reason = trimTail(retry.message.trim(), ".:") || "The model could not answer";
  const wait = Math.max(1, Math.ceil(((retry.next ?? 0) - Date.now()) / 1000));
  const when = retry.next === undefined ? "" : `, the next time in ${wait} s`;
  const ref = `retry:${follow.row.id}:${opaqueId("r", reason.replace(/\d+/g, "#"))}`;
  await tellModelNotice(follow, ref, "model_retry", `${reason.slice(0, 600)}. It is tried again a few times${when}.`);
}

/**
 * A model may be silent this long until the member is told, milliseconds; after the last of them the turn is
 * given up. OpenCode itself drops a call without a byte after five minutes, and asks again and again.
 */
const silences = [20_000, 60_000, 150_000] as const;
export const longestSilence = 240_000;
/**
 * Says once for each length of each silence that the model says nothing. `since`: when it was last heard,
 * milliseconds since 1970.
 */
export async function tellSilence(follow: Follow, since: number): Promise<void> {
  const now = Date.now();
  const passed = silences.filter((silence) => now - since >= silence).length;
  if (passed === 0 || (follow.silence?.since === since && follow.silence.told === passed)) return;
  follow.silence = { since, told: passed };
  const seconds = Math.round((now - since) / 1000);
  await tellModelNotice(
    follow,
    `quiet:${follow.row.id}:${since}:${passed}`,
    "model_quiet",
    `The model has said nothing for ${seconds} s. It is waited for.`,
  );
}
