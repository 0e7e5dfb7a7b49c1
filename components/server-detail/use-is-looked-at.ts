"use client";
import { type RefObject, useEffect, useState } from "react";

/** True while some of the element is on screen and the page is in front. */
export function useIsLookedAt(element: RefObject<Element | null>): boolean {
  const [isOnScreen, setOnScreen] = useState(false);
  const [isInFront, setInFront] = useState(() => document.visibilityState === "visible");
  useEffect(() => {
    const { current } = element;
    if (current === null) return;
    const observer = new IntersectionObserver(([entry]) => setOnScreen(entry?.isIntersecting === true));
    observer.observe(current);
    const onVisibility = () => setInFront(document.visibilityState === "visible");
    document.addEventListener("visibilitychange", onVisibility);
    return () => {
      observer.disconnect();
      document.removeEventListener("visibilitychange", onVisibility);
    };
  }, [element]);
  return isOnScreen && isInFront;
}
