// Tells the server the viewer's time zone, for the next page: cookie tz, an IANA name.

export function timeZone() {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!zone || !/^[A-Za-z0-9_+\-/]{1,64}$/.test(zone)) return;
  const pair = `tz=${zone}`;
  if (document.cookie.split("; ").includes(pair)) return;
  const secure = window.location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `${pair}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
}
