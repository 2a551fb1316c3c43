import { useCallback, useEffect, useRef, useState } from "react";
import type { ApprovalScope } from "../../../schema/approval/approval.ts";
import type { ApprovalView } from "../../../schema/approval/approval-api.ts";
import { thisDevice } from "../account/device.ts";
import { useAction } from "../live/use-action.ts";
import { usePageAction } from "../shell/page-action.ts";
import { wantsWords } from "./approval-words.ts";
import { type Armed, armedFor, type Choice, findArmed, pressChoice } from "./two-step-key.ts";

export type Answering = {
  /** What one more press of the same key decides. */
  armed: Choice | undefined;
  /** The note of a denial is being written. */
  noting: boolean;
  /** An answer is under way, or the question is so new that a press may have meant the one before it. */
  blocked: boolean;
  error: unknown;
  /** Why this answer did not count. */
  late: string | undefined;
  allow: (scope: ApprovalScope, answer?: string) => void;
  /** One side of a conflict. */
  take: (side: "ours" | "theirs") => void;
  startNote: () => void;
  cancelNote: () => void;
  deny: (note: string) => void;
  /** Takes the button of a choice, which its key focuses. */
  buttonOf: (choice: Choice, button: HTMLButtonElement | null) => void;
};

const settled = 400; // milliseconds: longer than a double tap
/** Answering one question, by keys or by hand. A key does nothing where its button is not shown. */
export function useAnswer(approval: ApprovalView, scope: ApprovalScope): Answering {
  const buttons = useRef<Partial<Record<Choice, HTMLButtonElement | null>>>({});
  const act = useAction("decide");
  const [armed, setArmed] = useState<Armed>();
  const [noting, setNoting] = useState(false);
  const [fresh, setFresh] = useState(true);
  const { mutate, isPending } = act;
  const { id } = approval;
  const allow = useCallback(
    (how: ApprovalScope, answer?: string) =>
      mutate({ approvalId: id, decision: "allow", scope: how, device: thisDevice(), ...(answer === undefined ? {} : { answer }) }),
    [mutate, id],
  );
  const deny = (note: string) =>
    mutate({ approvalId: id, decision: "deny", device: thisDevice(), ...(note.trim() ? { note: note.trim() } : {}) });

  useEffect(() => {
    const timer = setTimeout(() => setFresh(false), settled);
    return () => clearTimeout(timer);
  }, []);
  usePageAction("armAnswer", (choice) => {
    const button = buttons.current[choice];
    if (!button || isPending) return false;
    const next = pressChoice(armed, id, choice, Date.now());
    setArmed(next.armed);
    button.focus();
    if (!next.decide) return true;
    if (choice === "deny") setNoting(true);
    else allow(choice === "task" ? "task" : scope);
    return true;
  });
  useEffect(() => {
    if (!armed) return;
    const timer = setTimeout(() => setArmed(undefined), armedFor);
    const disarm = (event: KeyboardEvent) => event.key === "Escape" && setArmed(undefined);
    window.addEventListener("keydown", disarm);
    return () => {
      clearTimeout(timer);
      window.removeEventListener("keydown", disarm);
    };
  }, [armed]);
  return {
    armed: wantsWords(approval.subject) ? undefined : findArmed(armed, id, Date.now())?.choice,
    noting,
    blocked: isPending || fresh,
    error: act.error ?? undefined,
    late: act.data && !act.data.counted ? act.data.text : undefined,
    allow,
    take: (side) => mutate({ approvalId: id, decision: "allow", scope: "once", device: thisDevice(), side }),
    startNote: () => setNoting(true),
    cancelNote: () => setNoting(false),
    deny,
    buttonOf: useCallback((choice, button) => {
      buttons.current[choice] = button;
    }, []),
  };
}
