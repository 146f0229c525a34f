// The browser knows where its owner lives; only a field that nobody has touched takes it.
const field = document.getElementById("time_zone");
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && field.value === "UTC" && !field.hasAttribute("aria-invalid")) field.value = zone;
