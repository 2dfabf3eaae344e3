/* What a service manager is told of the server's life (systemd, Type=notify): datagrams to the
 * socket that NOTIFY_SOCKET names. Layer tools. */
#ifndef CT_SERVICE_NOTICE_H
#define CT_SERVICE_NOTICE_H

/* "READY=1", "STOPPING=1", ...: lines, as sd_notify(3) has them. Does nothing where nobody asked to
 * be told; failures are nobody's trouble. */
void ct_service_notice(const char *state);

/* RELOADING=1 with the moment that its reader wants. */
void ct_service_notice_reloading(void);

#endif
