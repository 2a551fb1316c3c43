import { type OpencodeSession, sessionEditIn } from "../../../schema/opencode/session.ts";
import { failureText, useAction } from "../live/use-action.ts";
import { Field } from "../ui/form/field.tsx";
import { FormEnd } from "../ui/form/form-end.tsx";
import { readInput, useForm } from "../ui/form/use-form.ts";
import { formatDay, formatTime } from "../ui/format.ts";

/** What a session is, in a line. */
export function describeSession({ agent, open, current, lastActivity }: OpencodeSession): string {
  const use = open > 0 ? "Works here now" : current ? "Works here unless told otherwise" : agent.retired ? "Retired" : "";
  return [agent.title, use, `Last used ${formatDay(lastActivity)} ${formatTime(lastActivity)}`].filter(Boolean).join(" · ");
}

export function RenameSession({ session, onClose }: { session: OpencodeSession; onClose: () => void }) {
  const edit = useAction("sessionEdit");
  const form = useForm({
    first: () => ({ title: session.title }),
    read: ({ title }) => readInput(sessionEditIn, { sessionId: session.id, title }),
    send: (input, after) => edit.mutate(input, after),
    busy: edit.isPending,
    onSaved: onClose,
  });
  const wrong = form.wrong("title") && "Give it a name of one to 120 characters.";
  return (
    <form {...form.props} className="ptask form grow" aria-label={`Rename ${session.title}`} autoComplete="off">
      <Field label="Name" {...form.field("title")} wrong={wrong} maxLength={120} focus />
      <FormEnd change={edit} unchanged="It keeps its name." press="Rename it" busy="Renaming it" onClose={onClose} />
    </form>
  );
}

/** Archives it, or resumes it: either takes the other back, so neither asks first. */
export function ArchiveSession({ session: { id, title, archived } }: { session: OpencodeSession }) {
  const edit = useAction("sessionEdit");
  const verb = archived ? "Resume" : "Archive";
  return (
    <>
      <button
        type="button"
        className="btn"
        aria-label={`${verb} ${title}`}
        aria-disabled={edit.isPending}
        onClick={() => !edit.isPending && edit.mutate({ sessionId: id, archived: !archived })}
      >
        {edit.isPending ? (archived ? "Resuming" : "Archiving") : verb}
      </button>
      {edit.isError && (
        <p className="s12 c-bad" role="alert">
          {failureText(edit.error)} Nothing was changed.
        </p>
      )}
    </>
  );
}
