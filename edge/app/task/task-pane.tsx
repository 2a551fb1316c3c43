import * as Tabs from "@radix-ui/react-tabs";
import { ArrowLeft, X } from "lucide-react";
import { Thread } from "../conversation/thread.tsx";
import { useUnreadOfThread } from "../conversation/thread-unread.ts";
import { useActionQuery } from "../live/use-action.ts";
import { useLive } from "../live/use-live.ts";
import { Failed } from "../ui/load-failed.tsx";
import styles from "./task.module.css";
import { TaskFactList } from "./task-facts.tsx";

type TaskPaneProps = {
  id: string;
  view: "thread" | undefined;
  show: (view: "thread" | undefined) => void;
  close: () => void;
  back?: boolean;
  alone?: boolean;
};

/** A task beside a page: its facts or its thread. `back`: in the page's place; `alone`: as the whole page. */
export function TaskPane({ id, view: shown, show, close, back = false, alone = false }: TaskPaneProps) {
  const task = useActionQuery("task", { taskId: id });
  const line = useLive(({ view }) => view.tasks.get(id));
  const unread = useUnreadOfThread(id);
  const title = task.data?.task.title ?? line?.title ?? "Task";
  const Title = back ? "h1" : "h2";
  const Place = alone ? "main" : "aside";
  return (
    <Tabs.Root asChild value={shown ?? "facts"} onValueChange={(tab) => show(tab === "thread" ? tab : undefined)}>
      <Place className={back ? "panel whole-page" : "panel"} aria-label="Task">
        <div className="bar">
          {back && (
            <button type="button" className="ib" onClick={close} aria-label="Back">
              <ArrowLeft className="i s20" aria-hidden="true" />
            </button>
          )}
          <Title className="grow t">{title}</Title>
          <Tabs.List aria-label="Task" className="tabs">
            <Tabs.Trigger value="facts">Task</Tabs.Trigger>
            <Tabs.Trigger value="thread">Thread {unread > 0 && shown !== "thread" && <span className="badge">{unread}</span>}</Tabs.Trigger>
          </Tabs.List>
          {!back && (
            <button type="button" className="ib" onClick={close} aria-label="Close the task">
              <X className="i" aria-hidden="true" />
            </button>
          )}
        </div>
        <Tabs.Content value="thread" className={styles.threadIn} data-drop="reply" tabIndex={-1}>
          <Thread key={id} id={id} channel={task.data?.channel ?? null} />
        </Tabs.Content>
        <Tabs.Content value="facts" className="scroll">
          {task.data ? (
            <TaskFactList detail={task.data} line={line} />
          ) : (
            <div className="sec">
              {task.isError ? <Failed error={task.error} retry={task.refetch} className="c-bad" /> : <p className="sub">Reading</p>}
            </div>
          )}
        </Tabs.Content>
      </Place>
    </Tabs.Root>
  );
}
