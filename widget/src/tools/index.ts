import { guard } from "../shared/guard";
import { openPanel } from "./panel";
import { startPreview } from "./preview";

/** For the people of the shop, never for shoppers: a preview of one survey, or a panel that says why others do not come. */
guard(() => {
  const $ = window.exitpoll!.$!;
  const token = new URLSearchParams(location.search).get("exitpoll_preview");
  if (token) void startPreview($, token);
  else {
    $.load($.config.core);
    openPanel($);
  }
})();
