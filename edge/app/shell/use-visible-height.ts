import { useEffect } from "react";

const keyboard = 120; // pixels; bars of a browser that come and go are lower

/**
 * A phone's keyboard covers the page in some browsers instead of making it lower. The page is as high as what
 * can be seen, and says by `data-low` that there is little room.
 */
export function useSeenHeight(): void {
  useEffect(() => {
    const seen = window.visualViewport;
    const root = document.documentElement;
    const measure = () => {
      const covered = seen !== null && seen.scale < 1.01 && window.innerHeight - seen.height > keyboard;
      if (covered) {
        root.style.setProperty("--seen", `${seen.height}px`);
        window.scrollTo(0, 0);
      } else root.style.removeProperty("--seen");
      root.toggleAttribute("data-low", (covered ? seen.height : window.innerHeight) < 600);
    };
    measure();
    seen?.addEventListener("resize", measure);
    window.addEventListener("resize", measure);
    return () => {
      seen?.removeEventListener("resize", measure);
      window.removeEventListener("resize", measure);
    };
  }, []);
}
