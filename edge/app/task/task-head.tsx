import { Beside } from "../conversation/channel-rows.tsx";
import { useConversation } from "../conversation/conversation.ts";
import { taskRing, taskText } from "../live/team-log.ts";
import { useLive } from "../live/use-live.ts";
import { Ring } from "../ui/ring.tsx";

/** The task a sub-agent has now, above its turn. */
export function TaskHeading() {
  const { agent } = useConversation();
  const task = useLive(({ view }) => (agent?.taskId ? view.tasks.get(agent.taskId) : undefined));
  if (!task) return null;
  return (
    <div className="sec">
      <h2>Its task</h2>
      <Beside className="rcpt" task={task.taskId}>
        <Ring state={taskRing(task)} size={20} label="" />
        <div className="grow">
          <b className="b s13 t" style={{ display: "block" }}>
            {task.title}
          </b>
          <p className="s12 sub">{task.progress?.text ?? taskText(task.facts)}</p>
        </div>
      </Beside>
    </div>
  );
}
