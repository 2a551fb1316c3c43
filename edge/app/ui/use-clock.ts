import { useEffect, useState } from "react";

/** The time, renewed every `every` ms while `on`. */
export function useClock(on: boolean, every = 100): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!on) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), every);
    return () => clearInterval(timer);
  }, [on, every]);
  return now;
}
