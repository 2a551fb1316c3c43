import { createContext, type ReactNode, useContext } from "react";

/**
 * A question before something that reaches far. `yes`: its button's text, or the button where it can't always
 * be pressed. `harmless`: nothing is stopped, ended or lost by a yes.
 */
export type ConfirmQuestion = {
  title: string;
  text: ReactNode;
  yes: string | ((yes: () => void) => ReactNode);
  harmless?: true;
  act: () => void;
};

/** What is open on this screen besides the page itself. */
export type Screen = {
  side: boolean;
  phone: boolean;
  showPanel: (shown: boolean) => void;
  sheet: "palette" | "switch" | "help" | "more" | undefined;
  open: (sheet: "palette" | "switch" | "help" | "more") => void;
  close: () => void;
  ask: (question: ConfirmQuestion) => void;
  /** The channel's own search is open. */
  finding: boolean;
  find: (open: boolean) => void;
};
export const Screen = createContext<Screen>({
  side: false,
  phone: false,
  showPanel: () => undefined,
  sheet: undefined,
  open: () => undefined,
  close: () => undefined,
  ask: () => undefined,
  finding: false,
  find: () => undefined,
});
export const useScreen = () => useContext(Screen);
