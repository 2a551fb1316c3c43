import { useSyncExternalStore } from "react";

export const themes = ["system", "light", "dark"] as const;
export type Theme = (typeof themes)[number];
const themeListeners = new Set<() => void>();

function currentTheme(): Theme {
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
  for (const listener of themeListeners) listener();
}
export function switchTheme(): void {
  setTheme(themes[(themes.indexOf(currentTheme()) + 1) % themes.length]!);
}
export function useTheme(): Theme {
  return useSyncExternalStore((listener) => {
    themeListeners.add(listener);
    return () => themeListeners.delete(listener);
  }, currentTheme);
}
