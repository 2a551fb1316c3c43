import { useNavigate } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useDoors, useNow, useSpace } from "./context.ts";
import { Keys, Sheet } from "./help.tsx";
import { keys } from "./keys.ts";
import { useScreen } from "./screen.ts";
import { runningTurn } from "./status.ts";
import { nextTheme } from "./theme.ts";

type Command = { title: string; key?: string; run: () => void };

function useList(): Command[] {
  const { sessions } = useDoors();
  const space = useSpace();
  const screen = useScreen();
  const navigate = useNavigate();
  const now = useNow();
  return useMemo(() => {
    const list: Command[] = [
      { title: keys.channel.title, key: keys.channel.keys[0], run: () => void navigate({ to: "/" }) },
      { title: keys.files.title, key: keys.files.keys[0], run: () => void navigate({ to: "/files" }) },
      { title: "Show or hide the task panel", key: keys.task.keys[0], run: () => screen.showPanel(!screen.side) },
      { title: "Start the stack", run: space.startStack.run },
      { title: "Stop the stack", run: space.stopStack.run },
      { title: keys.theme.title, key: keys.theme.keys[0], run: nextTheme },
      { title: keys.help.title, key: keys.help.keys[0], run: () => screen.open("help") },
      { title: "Sign out", run: () => sessions.signOut() },
    ];
    if (runningTurn(now)) list.unshift({ title: keys.stop.title, key: keys.stop.keys[0], run: space.stop.run });
    const files = [
      ...new Map(now.view.commits.flatMap((commit) => commit.files.map((file) => [`${commit.repo}:${file.path}`, { commit, file }]))),
    ];
    for (const [, { commit, file }] of files.reverse().slice(0, 50))
      list.push({
        title: `${file.path}`,
        run: () => void navigate({ to: "/files", search: { repo: commit.repo, ref: commit.branch, path: file.path } }),
      });
    return list;
  }, [sessions, space, screen, navigate, now]);
}

/** Type to filter, arrows to choose, Enter to run. */
export function Palette() {
  const { close } = useScreen();
  const [words, setWords] = useState("");
  const [at, setAt] = useState(0);
  const all = useList();
  const found = all
    .filter(({ title }) =>
      words
        .toLowerCase()
        .split(/\s+/)
        .every((word) => title.toLowerCase().includes(word)),
    )
    .slice(0, 12);
  const chosen = Math.min(at, found.length - 1);
  const run = (command: Command | undefined) => {
    if (!command) return;
    close();
    command.run();
  };
  const press = (key: string) => {
    if (key === "ArrowDown") setAt((chosen + 1) % Math.max(1, found.length));
    else if (key === "ArrowUp") setAt((chosen + found.length - 1) % Math.max(1, found.length));
    else if (key === "Enter") run(found[chosen]);
    else return false;
    return true;
  };
  return (
    <Sheet label="Find or run" className="pal">
      <input
        role="combobox"
        aria-expanded="true"
        aria-controls="commands"
        aria-activedescendant={found[chosen] ? `command-${chosen}` : undefined}
        aria-label="Find or run"
        placeholder="Find or run"
        value={words}
        onChange={(event) => {
          setWords(event.target.value);
          setAt(0);
        }}
        onKeyDown={(event) => !event.nativeEvent.isComposing && press(event.key) && event.preventDefault()}
      />
      {/* biome-ignore lint/a11y/useFocusableInteractive: focus stays in the field, which names the chosen option */}
      <div id="commands" role="listbox" aria-label="Commands">
        {found.map((command, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field has the keys
          // biome-ignore lint/a11y/useFocusableInteractive: focus stays in the field, which names the chosen option
          <div
            key={command.title}
            id={`command-${index}`}
            role="option"
            aria-selected={index === chosen}
            onClick={() => run(command)}
            onMouseMove={() => setAt(index)}
          >
            <span className="grow t">{command.title}</span>
            {command.key && <Keys of={command.key} />}
          </div>
        ))}
      </div>
      {found.length === 0 && (
        <p className="sub s13" style={{ padding: "0 16px 16px" }}>
          Nothing by that name.
        </p>
      )}
    </Sheet>
  );
}
