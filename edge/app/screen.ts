import { createContext, useContext } from "react";

/** What is open on this screen besides the page itself. */
export type Screen = {
  side: boolean;
  phone: boolean;
  showPanel: (shown: boolean) => void;
  sheet: "palette" | "switch" | "help" | "more" | undefined;
  open: (sheet: "palette" | "switch" | "help" | "more") => void;
  close: () => void;
};
export const Screen = createContext<Screen>({
  side: false,
  phone: false,
  showPanel: () => undefined,
  sheet: undefined,
  open: () => undefined,
  close: () => undefined,
});
export const useScreen = () => useContext(Screen);
