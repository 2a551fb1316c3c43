import { useContext } from "react";
import { Workspace } from "../live/workspace.ts";
import { useMachineTitle } from "../machine/machine.ts";
import { useTitle } from "./page-title.ts";

/** The title of a page that also opens for a person without an agent. It draws nothing. */
export function TitleAnywhere({ text }: { text: string }) {
  const inWorkspace = useContext(Workspace) !== undefined;
  return inWorkspace ? <CountedTitle text={text} /> : <PlainTitle text={text} />;
}
function CountedTitle({ text }: { text: string }) {
  useTitle(text);
  return null;
}
/** Without an agent there is no inbox whose count could stand before it. */
function PlainTitle({ text }: { text: string }) {
  useMachineTitle(text);
  return null;
}
