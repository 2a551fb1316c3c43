import { Pause, Play, X } from "lucide-react";
import { useConversation } from "../conversation/conversation.ts";
import type { AgentLine } from "../live/team-log.ts";
import { useAction, useActionQuery } from "../live/use-action.ts";
import { useScreen } from "../shell/screen.ts";
import { Refusal } from "../ui/refusal.tsx";

/** The actions on a sub-agent's work. */
export function AgentAct({ agent }: { agent: AgentLine }) {
  const act = useAction("agentAct");
  const { ask } = useScreen();
  if (!agent.taskId || agent.state === "retired") return null;
  const paused = agent.state === "paused";
  const press = (how: "pause" | "resume" | "cancel") => !act.isPending && act.mutate({ agentId: agent.id, act: how });
  const question = {
    title: `Cancel what ${agent.title} works on?`,
    text: "Its task ends here. What it committed stays; what comes after it in the plan does not begin.",
    yes: "Cancel its task",
    act: () => press("cancel"),
  };
  return (
    <span className="fx">
      {act.isError && (
        <span className="s12 c-bad t" role="alert">
          <Refusal error={act.error} />
        </span>
      )}
      <button
        type="button"
        className="btn xs"
        aria-label={paused ? "Resume" : "Pause"}
        onClick={() => press(paused ? "resume" : "pause")}
        aria-disabled={act.isPending}
      >
        {paused ? <Play className="i s14" aria-hidden="true" /> : <Pause className="i s14" aria-hidden="true" />}
        <span className="only-d">{paused ? "Resume" : "Pause"}</span>
      </button>
      <button type="button" className="btn xs" aria-label="Cancel its task" onClick={() => ask(question)} aria-disabled={act.isPending}>
        <X className="i s14" aria-hidden="true" /> <span className="only-d">Cancel its task</span>
      </button>
    </span>
  );
}

/** The page of a sub-agent that has done nothing yet: its purpose. */
export function AgentEmpty() {
  const { id, name, agent } = useConversation();
  const profile = useActionQuery("agent", { agentId: id }, { on: agent !== undefined });
  return (
    <div className="page">
      <div className="empty">
        <b className="b">{agent ? `${name} has not said anything yet` : "There is no such agent"}</b>
        {profile.data && <p className="sub">{profile.data.purpose}</p>}
        {agent && <p className="sub s13">Write to it here, or let the Grow Agent give it a task.</p>}
      </div>
    </div>
  );
}
