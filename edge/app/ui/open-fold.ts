import { type ToggleEvent, useState } from "react";

/** What the person opened in rows of the list: a row that leaves it and comes back is as they left it. */
const openNames = new Set<string>();
export function useOpened(name: string): [boolean, (open: boolean) => void] {
  const [open, setOpen] = useState(openNames.has(name));
  const set = (now: boolean) => {
    if (now) openNames.add(name);
    else openNames.delete(name);
    setOpen(now);
  };
  return [open, set];
}
/** The attributes of a `details` that stays as the person left it. */
export function useOpenFold(name: string): { open: boolean; onToggle: (event: ToggleEvent<HTMLDetailsElement>) => void } {
  const [open, setOpen] = useOpened(name);
  const toggled = (event: ToggleEvent<HTMLDetailsElement>) => {
    if (event.target === event.currentTarget) setOpen(event.currentTarget.open); // not a fold inside
  };
  return { open, onToggle: toggled };
}
