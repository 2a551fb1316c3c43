import { attachmentFolder } from "../../../schema/conversation/attachment.ts";
import type { Message, Step } from "./wire.ts";

/** What the member asks for, without what the platform adds. */
export type Asked = {
  text: string;
  /** Where it stands among the messages. */
  at: number;
  /** The names of the files that came with it. */
  attached: string[];
  /** What was said already of an answer that was stopped and is carried on now. */
  said: string;
};

const note = /\n\nAttached by the member, in your working directory:\n([\s\S]*)$/;
/** What the button “Carry on from here” sends. */
const carryOn = /^Carry on from where you stopped\.?$/i;

/** Reads the last of the member's messages; where that is “carry on”, the one that is carried on. */
export function readAsked(messages: readonly Message[]): Asked {
  const isFrom = (at: number) => messages[at]?.role === "user";
  const textAt = (at: number) => (messages[at]?.content ?? "").replace(note, "").trim();
  const last = messages.findLastIndex((_message, at) => isFrom(at));
  const begun = carryOn.test(textAt(last)) ? messages.findLastIndex((_message, at) => isFrom(at) && !carryOn.test(textAt(at))) : -1;
  const at = begun < 0 ? last : begun;
  const files = note.exec(messages[at]?.content ?? "")?.[1] ?? "";
  const attached = files.split("\n").flatMap((line) => line.replace(`- ${attachmentFolder}/`, "").replace(/ \(\d+ bytes\)$/, "") || []);
  const answered = begun < 0 ? [] : messages.slice(begun + 1).filter(({ role }) => role === "assistant");
  return {
    text: textAt(at),
    at,
    attached,
    said: answered
      .map(({ content }) => content)
      .join("")
      .trimEnd(),
  };
}

/** Says only what was not said before it was stopped. */
export function carriedOn(step: Step, { said }: Asked): Step {
  if (said === "" || !step.text?.startsWith(said)) return step;
  return { ...step, text: step.text.slice(said.length).trimStart() || "That was all of it." };
}
