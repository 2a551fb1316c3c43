import { ArrowUp } from "lucide-react";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { limits } from "../../schema/limits.ts";
import { useSpace } from "./context.ts";
import { useTalk } from "./talk.ts";
import { count } from "./time.ts";

type Props = { placeholder: string; hint?: string; field?: string };

/** Enter sends, Shift+Enter makes a line; Enter that ends a word of an input method does neither. What is not sent survives a reload. */
export function Composer({ placeholder, hint = "Enter sends, Shift Enter adds a line", field: id = "message" }: Props) {
  const { live } = useSpace();
  const { home, id: agent, channel, name, task } = useTalk();
  const key = `growqr.draft.${task ?? agent}`;
  const [text, setText] = useState(() => localStorage.getItem(key) ?? "");
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    if (text) localStorage.setItem(key, text);
    else localStorage.removeItem(key);
  }, [key, text]);
  useEffect(() => {
    if (matchMedia("(pointer: fine)").matches) field.current?.focus();
  }, []);

  const over = text.trim().length - limits.messageText;
  const empty = text.trim() === "";
  const send = () => {
    if (empty || over > 0) return;
    live.send(text.trim(), task === undefined ? { channel: home ? undefined : channel } : { task });
    setText("");
    field.current?.focus();
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
      className="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <textarea
        id={id}
        ref={field}
        rows={1}
        value={text}
        placeholder={placeholder}
        aria-label={task === undefined ? `Message ${name}` : "Reply in the thread"}
        aria-describedby={over > -2_000 ? `${id}-length` : undefined}
        aria-invalid={over > 0}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={press}
      />
      <div className="fx">
        {over > -2_000 && (
          <span id={`${id}-length`} className={over > 0 ? "s12 num c-bad" : "s12 num sub"} role={over > 0 ? "alert" : undefined}>
            {over > 0 ? `${count(over)} characters too many` : `${count(-over)} characters left`}
          </span>
        )}
        <span className="grow" />
        <span className="s12 sub only-d">{hint}</span>
        <button
          type="submit"
          className={empty || over > 0 ? "btn off snd" : "btn pri snd"}
          aria-label="Send"
          aria-disabled={empty || over > 0}
        >
          <ArrowUp className="i" aria-hidden="true" />
        </button>
      </div>
    </form>
  );
}
