import { useEffect } from "react";

/**
 * Keeps the focus where the person is: when what has it goes away (a decided question, a pressed Start), the
 * nearest thing around it that is still there gets it, and the next Tab goes on from there. Browsers put it
 * at the top of the page instead.
 */
export function useKeptFocus(): void {
  useEffect(() => {
    let around: Element[] = [];
    const remember = ({ target }: FocusEvent) => {
      around = [];
      for (let element = target instanceof Element ? target : null; element; element = element.parentElement) around.push(element);
    };
    const leave = ({ target }: PointerEvent) => {
      if (target instanceof Node && !around[0]?.contains(target)) around = []; // the person moved the focus
    };
    const look = () => {
      const [last] = around;
      if (!last || document.activeElement !== document.body || (last.isConnected && !last.matches(":disabled"))) return;
      const place = around.slice(1).find((element) => element.isConnected && element !== document.body);
      if (!(place instanceof HTMLElement)) return;
      if (!place.hasAttribute("tabindex")) place.tabIndex = -1;
      place.focus({ preventScroll: true });
    };
    const observer = new MutationObserver(look);
    observer.observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ["disabled"] });
    document.addEventListener("focusin", remember);
    document.addEventListener("pointerdown", leave);
    return () => {
      observer.disconnect();
      document.removeEventListener("focusin", remember);
      document.removeEventListener("pointerdown", leave);
    };
  }, []);
}
