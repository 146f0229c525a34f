import { $ } from "../shared/handed";
import type { Saved } from "../shared/types";
import type { Context } from "./context";
import { idle } from "./idle";
import type { Stage } from "./stage";
import { me } from "./visitor";

/** A survey that a page change interrupted goes on where it was, in the same session, if this page may show it. */
export const resume = ({ store }: Context, stage: Stage): void => {
  const saved = store.get<Saved>("resume");
  if (saved?.session !== me(store).session || $.blocked()) return;
  if ($.config.surveys.some((s) => s.key === saved.offer.survey.key))
    idle(() => stage.ready(() => $.resume?.(saved)));
};
