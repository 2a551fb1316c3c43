import { useSyncExternalStore } from "react";

export const themes = ["system", "light", "dark"] as const;
export type Theme = (typeof themes)[number];
const listeners = new Set<() => void>();

function current(): Theme {
  const { theme } = document.documentElement.dataset;
  return theme === "light" || theme === "dark" ? theme : "system";
}
/** Kept on this device; `first-calls.ts` applies it before the first paint. */
export function setTheme(theme: Theme): void {
  if (theme === "system") {
    localStorage.removeItem("growqr.theme");
    delete document.documentElement.dataset.theme;
  } else {
    localStorage.setItem("growqr.theme", theme);
    document.documentElement.dataset.theme = theme;
  }
  for (const listener of listeners) listener();
}
export function nextTheme(): void {
  setTheme(themes[(themes.indexOf(current()) + 1) % themes.length]!);
}
export function useTheme(): Theme {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, current);
}
