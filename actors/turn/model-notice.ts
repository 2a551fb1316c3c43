import { trimTail } from "../../schema/wire/foreign-text.ts";
import { record } from "../kernel/transaction.ts";
import type { Follow } from "./follow.ts";
import { opaque } from "./tool-view.ts";
import { turnId } from "./turn-row.ts";

/** What a member is told while the model keeps them waiting. */
async function tellModelNotice(of: Follow, ref: string, code: "model_retry" | "model_quiet", text: string): Promise<void> {
  const body = { level: "info", code, text, turnId: turnId(of.row) } as const;
  await record(of.self, of.requestId, (writer) => writer.append("notice", { ref, turnId: of.row.id, channel: of.agent.channel, body }));
}

/** The model's answer failed and is tried again: each reason once a turn, whatever numbers are in it. */
export async function tellRetry(of: Follow, retry: { message: string; next: number | undefined }): Promise<void> {
  const reason = trimTail(retry.message.trim(), ".:") || "The model could not answer";
  const wait = Math.max(1, Math.ceil(((retry.next ?? 0) - Date.now()) / 1000));
  const when = retry.next === undefined ? "" : `, the next time in ${wait} s`;
  const ref = `retry:${of.row.id}:${opaque("r", reason.replace(/\d+/g, "#"))}`;
  await tellModelNotice(of, ref, "model_retry", `${reason.slice(0, 600)}. It is tried again a few times${when}.`);
}

/** A model may be silent this long until the member is told, milliseconds; after the last of them the turn is given up. */
const silences = [20_000, 60_000, 150_000] as const;
export const longestSilence = 300_000;
/** Says once for each length of each silence that the model says nothing. `since`: when it was last heard, milliseconds since 1970. */
export async function tellSilence(of: Follow, since: number): Promise<void> {
  const now = Date.now();
  const passed = silences.filter((silence) => now - since >= silence).length;
  if (passed === 0 || (of.silence?.since === since && of.silence.told === passed)) return;
  of.silence = { since, told: passed };
  const seconds = Math.round((now - since) / 1000);
  await tellModelNotice(
    of,
    `quiet:${of.row.id}:${since}:${passed}`,
    "model_quiet",
    `The model has said nothing for ${seconds} s. It is waited for.`,
  );
}
