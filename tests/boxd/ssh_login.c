#include "tests/boxd/ssh_internal.h"

#include "client/base/mem.h"

#include <stdlib.h>
#include <string.h>

/* As OpenSSH's MaxAuthTries. */
enum { FAILURES_MAX = 6 };

static void show_banner(struct ssh_connection *connection, const char *text)
{
    ssh_string banner = ssh_string_from_char(text);
    if (banner != NULL)
        ssh_send_issue_banner(connection->session, banner);
    ssh_string_free(banner);
}

/* Every USERAUTH_REQUEST passes here first. */
static void note_request(struct ssh_connection *connection)
{
    ssh_server_count(connection->server, SSH_COUNT_AUTH_REQUESTS);
    if (connection->banner_sent || connection->faults.auth_banner == NULL)
        return;
    connection->banner_sent = true;
    show_banner(connection, connection->faults.auth_banner);
}

/* Whether the password opens the box. A refusal counts, and its reason goes to the client as a banner. */
static bool try_password(struct ssh_connection *connection, const char *user, const char *password)
{
    struct err err = {0};
    ssh_server_count(connection->server, SSH_COUNT_PASSWORDS);
    if (ssh_server_admit(connection->server, user, password, &connection->box, &err)) {
        ssh_server_count(connection->server, SSH_COUNT_LOGINS);
        char *name = mem_dup(user);
        free(connection->user);
        connection->user = name;
        connection->authenticated = true;
        return true;
    }
    ssh_server_count(connection->server, SSH_COUNT_REFUSED);
    if (err.text[0] != '\0') {
        char *line = mem_format("%s\r\n", err.text);
        show_banner(connection, line);
        free(line);
    }
    connection->give_up = ++connection->failures >= FAILURES_MAX;
    return false;
}

static int on_none(ssh_session session, const char *user, void *data)
{
    (void)session, (void)user;
    note_request(data);
    return SSH_AUTH_DENIED;
}

static int on_pubkey(ssh_session session, const char *user, struct ssh_key_struct *key, char state,
                     void *data)
{
    (void)session, (void)user, (void)key, (void)state;
    note_request(data);
    return SSH_AUTH_DENIED;
}

static int on_password(ssh_session session, const char *user, const char *password, void *data)
{
    struct ssh_connection *connection = data;
    (void)session;
    note_request(connection);
    bool offered = !connection->faults.publickey_only && !connection->faults.interactive_only;
    if (!offered) {
        ssh_server_count(connection->server, SSH_COUNT_PASSWORDS);
        return SSH_AUTH_DENIED;
    }
    if (connection->faults.refuse_logins) {
        ssh_server_count(connection->server, SSH_COUNT_PASSWORDS);
        ssh_server_count(connection->server, SSH_COUNT_REFUSED);
        return SSH_AUTH_DENIED;
    }
    return try_password(connection, user, password) ? SSH_AUTH_SUCCESS : SSH_AUTH_DENIED;
}

/* keyboard-interactive: one hidden prompt, one answer. libssh has no callback for it, and the answer does not
 * repeat the user. Returns 1 for libssh's default reply (no). */
static int on_interactive(struct ssh_connection *connection, ssh_message message)
{
    if (connection->faults.publickey_only)
        return 1;
    if (!ssh_message_auth_kbdint_is_response(message)) {
        note_request(connection);
        free(connection->user);
        connection->user = mem_dup(ssh_message_auth_user(message));
        const char *prompts[] = {"Password: "};
        char echo[] = {0};
        return ssh_message_auth_interactive_request(message, "", "", 1, prompts, echo) == SSH_OK ? 0 : 1;
    }
    const char *answer = NULL;
    if (ssh_userauth_kbdint_getnanswers(connection->session) == 1)
        answer = ssh_userauth_kbdint_getanswer(connection->session, 0);
    if (answer == NULL || connection->user == NULL || !try_password(connection, connection->user, answer))
        return 1;
    ssh_message_auth_reply_success(message, 0);
    return 0;
}

/* What no callback of libssh takes: keyboard-interactive and forwards. */
static int on_message(ssh_session session, ssh_message message, void *data)
{
    struct ssh_connection *connection = data;
    (void)session;
    int type = ssh_message_type(message), subtype = ssh_message_subtype(message);
    if (type == SSH_REQUEST_AUTH && subtype == SSH_AUTH_METHOD_INTERACTIVE && !connection->authenticated)
        return on_interactive(connection, message);
    if (type == SSH_REQUEST_AUTH)
        note_request(connection);
    if (type == SSH_REQUEST_CHANNEL_OPEN && subtype == SSH_CHANNEL_DIRECT_TCPIP && connection->authenticated)
        return ssh_link_open_forward(connection, message) ? 0 : 1;
    return 1;
}

static int on_service(ssh_session session, const char *service, void *data)
{
    (void)session, (void)data;
    return strcmp(service, "ssh-userauth") == 0 ? 0 : -1;
}

static ssh_channel on_session_channel(ssh_session session, void *data)
{
    struct ssh_connection *connection = data;
    (void)session;
    return connection->authenticated ? ssh_link_open_session(connection) : NULL;
}

void ssh_login_attach(struct ssh_connection *connection)
{
    connection->callbacks = (struct ssh_server_callbacks_struct){
        .userdata = connection,
        .auth_none_function = on_none,
        .auth_password_function = on_password,
        .auth_pubkey_function = on_pubkey,
        .service_request_function = on_service,
        .channel_open_request_session_function = on_session_channel,
    };
    ssh_callbacks_init(&connection->callbacks);
    ssh_set_server_callbacks(connection->session, &connection->callbacks);
    ssh_set_message_callback(connection->session, on_message, connection);
    int methods = SSH_AUTH_METHOD_PASSWORD | SSH_AUTH_METHOD_INTERACTIVE;
    if (connection->faults.publickey_only)
        methods = SSH_AUTH_METHOD_PUBLICKEY;
    else if (connection->faults.interactive_only)
        methods = SSH_AUTH_METHOD_INTERACTIVE;
    ssh_set_auth_methods(connection->session, methods);
}
