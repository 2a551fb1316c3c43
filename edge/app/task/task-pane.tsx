import { ArrowLeft, X } from "lucide-react";
import { Thread } from "../conversation/thread.tsx";
import { useUnreadOfThread } from "../conversation/thread-unread.ts";
import { useActionQuery } from "../live/use-action.ts";
import { useLive } from "../live/use-live.ts";
import { Failed } from "../ui/load-failed.tsx";
import { TaskFactList } from "./task-facts.tsx";

type Props = {
  id: string;
  view: "thread" | undefined;
  show: (view: "thread" | undefined) => void;
  close: () => void;
  back?: boolean;
  alone?: boolean;
};

/** One task beside a page: its facts, or its thread. `back`: it stands in the page's place; `alone`: and not inside of it. */
export function TaskPane({ id, view: shown, show, close, back = false, alone = false }: Props) {
  const of = useActionQuery("task", { taskId: id });
  const line = useLive(({ view }) => view.tasks.get(id));
  const unread = useUnreadOfThread(id);
  const title = of.data?.task.title ?? line?.title ?? "Task";
  const Title = back ? "h1" : "h2";
  const Place = alone ? "main" : "aside";
  return (
    <Place className={back ? "panel whole-page" : "panel"} aria-label="Task">
      <div className="bar">
        {back && (
          <button type="button" className="ib" onClick={close} aria-label="Back">
            <ArrowLeft className="i s20" aria-hidden="true" />
          </button>
        )}
        <Title className="grow t">{title}</Title>
        <div role="tablist" aria-label="Task" className="tabs">
          <Tab id="facts" on={shown === undefined} show={() => show(undefined)}>
            Task
          </Tab>
          <Tab id="thread" on={shown === "thread"} show={() => show("thread")}>
            Thread {unread > 0 && shown !== "thread" && <span className="badge">{unread}</span>}
          </Tab>
        </div>
        {!back && (
          <button type="button" className="ib" onClick={close} aria-label="Close the task">
            <X className="i" aria-hidden="true" />
          </button>
        )}
      </div>
      {shown === "thread" ? (
        <section id="task-content" role="tabpanel" aria-labelledby="task-tab-thread" className="thread-in" data-drop="reply">
          <Thread key={id} id={id} channel={of.data?.channel ?? null} />
        </section>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it
        <section id="task-content" role="tabpanel" aria-labelledby="task-tab-facts" className="scroll" tabIndex={0}>
          {of.data ? (
            <TaskFactList of={of.data} line={line} />
          ) : (
            <div className="sec">
              {of.isError ? <Failed error={of.error} retry={of.refetch} className="c-bad" /> : <p className="sub">Reading</p>}
            </div>
          )}
        </section>
      )}
    </Place>
  );
}

type TabProps = { id: string; on: boolean; show: () => void; children: React.ReactNode };
function Tab({ id, on, show, children }: TabProps) {
  return (
    <button id={`task-tab-${id}`} type="button" role="tab" aria-selected={on} aria-controls="task-content" onClick={show}>
      {children}
    </button>
  );
}
