import { ArrowUp } from "lucide-react";
import { type ClipboardEvent, type KeyboardEvent, useEffect, useId, useRef } from "react";
import { limits } from "../../../schema/wire/limits.ts";
import { useSpace } from "../live/workspace.ts";
import { usePageAction } from "../shell/page-action.ts";
import { formatCount } from "../ui/format.ts";
import { AttachButton, DropArea, UploadList } from "./attachment/upload-list.tsx";
import { useUploads } from "./attachment/uploads.ts";
import styles from "./composer.module.css";
import { useComposerDraft } from "./composer-draft.ts";
import { useConversation } from "./conversation.ts";
import { useAddress } from "./message-actions.tsx";

type Props = {
  placeholder: string;
  hint?: string /** The channel's own field, or that of a thread beside it. */;
  kind?: "message" | "reply";
};

/** Enter sends, Shift+Enter makes a line. An Enter that ends a word of an input method does neither. */
export function Composer({ placeholder, hint = "Enter sends, Shift Enter adds a line", kind = "message" }: Props) {
  const { live } = useSpace();
  const { id: agent, name, task } = useConversation();
  const address = useAddress();
  const [text, setText] = useComposerDraft(task ?? agent);
  const uploads = useUploads(agent, task ?? agent);
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    const byKeys = document.activeElement?.matches("[role=tab]:focus-visible"); // who goes from tab to tab by keys stays there
    if (matchMedia("(pointer: fine)").matches && !byKeys) field.current?.focus();
  }, []);

  usePageAction(kind === "message" ? "focusMessage" : "focusReply", () => {
    field.current?.focus();
    return true;
  });
  const length = useId();

  const over = text.trim().length - limits.messageText;
  const files = uploads.list.flatMap(({ attachment }) => (attachment?.agent === agent ? [attachment] : []));
  const empty = text.trim() === "" && files.length === 0;
  const off = empty || over > 0 || !uploads.settled || files.length < uploads.list.length;
  const send = () => {
    if (off) return;
    live.send(text.trim() || (files.length === 1 ? "See the attached file." : "See the attached files."), {
      ...address,
      attachments: files,
    });
    setText("");
    uploads.clear();
    field.current?.focus();
  };
  const paste = (event: ClipboardEvent) => {
    if (event.clipboardData.files.length === 0) return;
    event.preventDefault();
    uploads.add(event.clipboardData.files);
  };
  const press = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || event.shiftKey || event.altKey) return;
    // Safari ends the composition before the Enter that ended it arrives; that one has key code 229
    if (event.nativeEvent.isComposing || event.nativeEvent.keyCode === 229) return;
    event.preventDefault();
    send();
  };
  return (
    <form
      className={styles.composer}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <DropArea add={uploads.add} kind={kind} />
      <UploadList uploads={uploads} />
      <textarea
        ref={field}
        rows={1}
        value={text}
        placeholder={placeholder}
        aria-label={task === undefined ? `Message ${name}` : "Reply in the thread"}
        aria-describedby={over > -2_000 ? length : undefined}
        aria-invalid={over > 0}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={press}
        onPaste={paste}
      />
      <div className="fx">
        <AttachButton add={uploads.add} />
        {over > -2_000 && (
          <span id={length} className={over > 0 ? "s12 num c-bad" : "s12 num sub"} role={over > 0 ? "alert" : undefined}>
            {over > 0 ? `${formatCount(over)} characters too many` : `${formatCount(-over)} characters left`}
          </span>
        )}
        <span className="grow" />
        <span className="s12 sub only-d">{hint}</span>
        <button type="submit" className={off ? `btn off ${styles.snd}` : `btn pri ${styles.snd}`} aria-label="Send" aria-disabled={off}>
          <ArrowUp className="i" aria-hidden="true" />
        </button>
      </div>
    </form>
  );
}
