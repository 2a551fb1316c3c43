import type { z } from "zod";
import { editIn, editOut } from "../../../schema/project/edit.ts";
import { describeError, type RestCall, restCall } from "../live/api.ts";
import { useActionQuery, useRest } from "../live/use-action.ts";
import { useLive } from "../live/use-live.ts";
import { TextEdit } from "../ui/form/text-edit.tsx";
import { readInput } from "../ui/form/use-form.ts";
import { Failed } from "../ui/load-failed.tsx";
import { Refusal } from "../ui/refusal.tsx";
import { Ring } from "../ui/ring.tsx";
import { projectOfRepo } from "./repos.ts";

/** The call by which a member's own change of a project is made. */
export function editCall(project: string, { base, files, title }: z.infer<typeof editIn>): RestCall {
  const body = { base, files, ...(title === undefined ? {} : { title }) };
  return restCall("POST", "/projects/{project}/edits", { params: { path: { project } }, body });
}

type Props = { repo: string; path: string; base: string; onLeave: () => void; onSaved: (taskId: string) => void };
/** A file of a project by the person's own hand, as it stands at the commit `base` of main. */
export function FileEdit({ repo, path, base, onLeave, onSaved }: Props) {
  const file = useActionQuery("file", { repo, ref: base, path }, { fixed: true });
  const save = useRest(editOut);
  if (file.isError) return <Failed error={file.error} retry={file.refetch} className="pad" />;
  const { text, truncated } = file.data ?? {};
  if (typeof text !== "string" || truncated)
    return <p className="pad s13 sub">{file.data ? "It is too large to be edited here." : "Reading"}</p>;
  const send = (change: z.infer<typeof editIn>, after: { onSuccess: () => void; onError: () => void }) =>
    save.mutate(editCall(projectOfRepo(repo), change), {
      onError: after.onError,
      onSuccess: ({ taskId }) => {
        after.onSuccess();
        onSaved(taskId);
      },
    });
  return (
    <TextEdit
      path={path}
      draft={`file.${repo}.${path}`}
      text={text}
      base={base}
      read={({ text: written, base: over }) => readInput(editIn, { base: over ?? base, files: [{ path, content: written }] })}
      send={send}
      pending={save.isPending}
      failed={save.isError && <Refusal error={save.error} />}
      over={
        save.isError && describeError(save.error).code === "conflict"
          ? { press: "Save mine over it", base } // at their word: what the file is now, they can look at
          : undefined
      }
      press="Save"
      onLeave={onLeave}
      onSaved={onLeave}
    />
  );
}

/**
 * How a change that was saved stands, until it is on main: it is checked like an agent's. `ask`: to have an
 * agent make one that the checks refuse. `more`: from one that is there, `again` leads to the next.
 */
type StateProps = { taskId: string; onDone: () => void; again: () => void; ask?: (reason: string) => void; more?: true };
export function EditState({ taskId, onDone, again, ask, more }: StateProps) {
  const facts = useLive(({ view }) => view.tasks.get(taskId)?.facts);
  const failed = facts?.state === "failed" || facts?.state === "cancelled";
  const there = facts?.adopted !== undefined;
  return (
    <div className="pad fx wrap s13" role="status">
      <Ring state={failed ? "failed" : there ? "done" : "working"} size={16} label="" />
      <span className="grow">
        {there
          ? "Your change is in the project."
          : failed
            ? `Your change is not in the project: ${facts.reason.replace(/\.$/, "")}. Nothing else has changed.`
            : facts?.state === "verified"
              ? "It passed. It is being put into the project."
              : "Your change is saved, and is being checked like an agent's work. It goes into the project by itself."}
      </span>
      {failed && ask && (
        <button type="button" className="btn xs" onClick={() => ask(facts.reason)}>
          Ask your agent
        </button>
      )}
      {(failed || (there && more)) && (
        <button type="button" className="btn xs" onClick={again}>
          {failed ? "Change it again" : "Change something else"}
        </button>
      )}
      {(there || failed) && (
        <button type="button" className="btn ghost xs" onClick={onDone}>
          OK
        </button>
      )}
    </div>
  );
}
