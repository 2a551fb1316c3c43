import { useEffect, useRef, useState } from "react";
import { findCurrentTurn, isSameButText } from "../agent/agent-status.ts";
import { usePending } from "../approval/pending.ts";
import { useConversation, useConversationLive } from "../conversation/conversation.ts";
import { useLive } from "../live/use-live.ts";
import { extractWords } from "../ui/markdown/markdown.tsx";

/** Tells a screen reader once: an answer came, a turn stopped, the connection was lost or is back. */
export function Announcer() {
  const { name: agentName } = useConversation();
  const waiting = usePending().at(-1);
  const turn = useConversationLive(findCurrentTurn, isSameButText);
  const status = useLive(({ link }) => link.status);
  const [said, say] = useState("");
  const before = useRef({ turn: turn?.turnId, state: turn?.state, status });
  useEffect(() => {
    const last = before.current;
    before.current = { turn: turn?.turnId, state: turn?.state, status };
    if (turn && last.turn === turn.turnId && last.state === "running" && turn.state !== "running") {
      const text = turn.parts.findLast((part) => part.type === "text");
      const words = {
        done: "answered",
        stopped: "stopped",
        interrupted: "was interrupted",
        failed: "failed",
        queued: "waits",
        running: "works",
      };
      say(`${agentName} ${words[turn.state]}. ${text?.type === "text" ? extractWords(text.text, 400) : ""}`);
    } else if (turn?.state === "running" && last.state !== "running") say(`${agentName} is working`);
    else if (last.status === "live" && status === "lost") say("Connection lost, reconnecting");
    else if (last.status === "lost" && status === "live") say("Connected again");
  }, [turn, status, agentName]);
  const asked = useRef(waiting?.id);
  useEffect(() => {
    if (waiting && waiting.id !== asked.current) say(`Your answer is needed: ${waiting.title}`);
    asked.current = waiting?.id;
  }, [waiting]);
  return (
    <div className="vh" role="status" aria-live="polite">
      {said}
    </div>
  );
}
