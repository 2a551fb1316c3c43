import { X } from "lucide-react";
import styles from "./dialogs.module.css";
import { composerKeys, keyNames, keys } from "./keyboard-shortcuts.ts";
import { useScreen } from "./screen.ts";
import { KeyCaps, Sheet } from "./sheet.tsx";

/** All keys, by what they are for. */
export function KeysHelp() {
  const { close } = useScreen();
  const groups = [...new Set(keyNames.map((name) => keys[name].group))];
  return (
    <Sheet label="Keys" className={styles.help}>
      <h2>
        <span className="grow">Keys</span>
        <button type="button" className="ib" onClick={close} aria-label="Close">
          <X className="i" aria-hidden="true" />
        </button>
      </h2>
      {groups.map((group) => (
        <section key={group}>
          <h3>{group}</h3>
          <dl>
            {keyNames
              .filter((name) => keys[name].group === group)
              .map((name) => (
                <KeyRow key={name} title={keys[name].title} presses={keys[name].keys[0]} />
              ))}
            {group === "Conversation" && composerKeys.map((key) => <KeyRow key={key.title} title={key.title} presses={key.keys[0]!} />)}
          </dl>
        </section>
      ))}
    </Sheet>
  );
}

function KeyRow({ title, presses }: { title: string; presses: string }) {
  return (
    <div>
      <dt>{title}</dt>
      <dd>
        <KeyCaps presses={presses} />
      </dd>
    </div>
  );
}
