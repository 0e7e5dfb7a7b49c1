import type { IncomingMessage, ServerResponse } from "node:http";
import type { Random } from "./random.ts";
import type { BackendPlan } from "./situation.ts";

export interface AnswerContext {
  readonly plan: BackendPlan;
  readonly server: string;
  readonly random: Random;
}

/** Short calls, and long polls (`events`) that hold a session for seconds, as real APIs do. */
export function answerApi({ plan, server, random }: AnswerContext, request: IncomingMessage, response: ServerResponse) {
  const isLongPoll = request.url?.startsWith(`${plan.path}events`) ?? false;
  const timer = setTimeout(
    () => {
      response.setHeader("content-type", "application/json");
      response.end(`${JSON.stringify({ server: `${plan.name}/${server}`, items: random.whole(0, 20) })}\n`);
    },
    isLongPoll ? random.between(5_000, 15_000) : random.between(100, 500),
  );
  response.on("close", () => clearTimeout(timer));
}
