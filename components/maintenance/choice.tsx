import { type ReactNode, useId } from "react";

interface ChoiceProps {
  name: string;
  isOn: boolean;
  isDanger?: boolean;
  onChoose(): void;
  title: string;
  text: string;
  children?: ReactNode;
}

/** One of several, with a sentence that says what comes of it. */
export function Choice({ name, isOn, isDanger = false, onChoose, title, text, children }: ChoiceProps) {
  const textId = useId();
  return (
    <div className={`choice ${isOn ? "is-on" : ""} ${isDanger ? "is-danger" : ""}`}>
      <label>
        <input type="radio" name={name} checked={isOn} onChange={onChoose} aria-describedby={textId} />
        <b>{title}</b>
      </label>
      <small id={textId}>{text}</small>
      {children}
    </div>
  );
}
