import { Link } from "@tanstack/react-router";
import { useNow } from "./context.ts";
import { Ring } from "./ring.tsx";
import { runningTurn } from "./status.ts";
import { useTalk } from "./talk.ts";
import { agentRing, agentWords, taskRing, taskText } from "./team-log.ts";

/** The task a sub-agent has now, above its turn. */
export function TaskHead() {
  const { view } = useNow();
  const { agent } = useTalk();
  const task = agent?.taskId ? view.tasks.get(agent.taskId) : undefined;
  if (!task) return null;
  return (
    <div className="sec">
      <h2>Its task</h2>
      <Link className="rcpt" to="/timeline" search={{ task: task.taskId }}>
        <Ring state={taskRing(task)} size={20} label="" />
        <div className="grow">
          <b className="b s13 t" style={{ display: "block" }}>
            {task.title}
          </b>
          <p className="s12 sub">{task.progress?.text ?? taskText(task.facts)}</p>
        </div>
      </Link>
    </div>
  );
}

/** Beside the Grow Agent's conversation: who works on what, live. */
export function Team() {
  const { view } = useNow();
  const { home } = useTalk();
  const team = [...view.agents.values()].filter((agent) => agent.type !== "grow" && agent.state !== "retired");
  if (!home || team.length === 0) return null;
  return (
    <div className="sec">
      <h2>Team</h2>
      <ul className="team">
        {team.map((agent) => {
          const task = agent.taskId ? view.tasks.get(agent.taskId) : undefined;
          const turn = runningTurn({ view: { rows: view.channels.get(agent.channel) ?? [] } });
          const call = turn?.parts.findLast((part) => part.type === "tool" && part.call.state === "running");
          return (
            <li key={agent.id}>
              <Link to="/c/$agent" params={{ agent: agent.id }}>
                <Ring state={agentRing(agent, view.tasks)} label="" />
                <span className="grow t">
                  <span className="fx">
                    <b className="med t grow">{agent.title}</b>
                    <span className="s12 sub">{agentWords[agent.state]}</span>
                  </span>
                  <span className="s12 sub t" style={{ display: "block" }}>
                    {call?.type === "tool"
                      ? `${call.call.verb} ${call.call.target}`
                      : (task?.progress?.text ?? task?.title ?? "Nothing to do now")}
                  </span>
                </span>
              </Link>
            </li>
          );
        })}
      </ul>
    </div>
  );
}
