// Sends requests over many connections at once, one at a time on each, and prints what it saw as one line of JSON.
//
// usage: http_load PORT KEYS CONNECTIONS FILE      KEYS: with commas between them; FILE: one request a line: [NUMBER-OF-KEY] METHOD
// PATH, and a JSON body where there is one
//
// In C, because the client shares the machine with the server that it measures; its own CPU time is printed too.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BUFFER = 8192, LONGEST_LINE = 1024 };

struct connection {
    int socket;
    int length;
    double sent;
    char buffer[BUFFER];
};

static char **lines;
static int line_count, next_line;
static double *latencies;
static int answered, accepted;
static const char *keys[64];
static int key_count;

static void fail(const char *what) {
    fprintf(stderr, "http_load: %s: %s\n", what, strerror(errno));
    exit(1);
}

static double seconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void read_lines(const char *path) {
    FILE *file = fopen(path, "r");
    if (!file) fail(path);
    int room = 0;
    char line[LONGEST_LINE];
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = 0;
        if (line_count == room) {
            room = room ? room * 2 : 1024;
            lines = realloc(lines, (size_t)room * sizeof *lines);
            if (!lines) fail("memory");
        }
        lines[line_count] = strdup(line);
        if (!lines[line_count++]) fail("memory");
    }
    fclose(file);
}

// False when there is nothing left to send.
static int send_next(struct connection *connection) {
    if (next_line == line_count) return 0;
    char *line = lines[next_line++];
    const char *key = keys[0];
    if (isdigit((unsigned char)*line)) key = keys[strtol(line, &line, 10) % key_count];
    while (*line == ' ') line++;
    const char *body = strchr(line, '{');
    int head = body ? (int)(body - line) : (int)strlen(line);
    while (head > 0 && isspace((unsigned char)line[head - 1])) head--;
    char request[LONGEST_LINE + 512];
    int length = snprintf(request, sizeof request, "%.*s HTTP/1.1\r\nhost: bench\r\nx-api-key: %s\r\n", head, line, key);
    if (body)
        length += snprintf(request + length, sizeof request - (size_t)length,
            "content-type: application/json\r\ncontent-length: %zu\r\n", strlen(body));
    length += snprintf(request + length, sizeof request - (size_t)length, "\r\n%s", body ? body : "");
    connection->length = 0;
    connection->sent = seconds();
    if (send(connection->socket, request, (size_t)length, MSG_NOSIGNAL) != length) fail("send");
    return 1;
}

// True when the answer is complete.
static int receive(struct connection *connection) {
    ssize_t count = recv(
        connection->socket, connection->buffer + connection->length, (size_t)(BUFFER - 1 - connection->length), 0);
    if (count <= 0) {
        if (count == 0) errno = ECONNRESET;
        fail("receive");
    }
    connection->length += (int)count;
    connection->buffer[connection->length] = 0;
    char *body = strstr(connection->buffer, "\r\n\r\n");
    if (!body) return 0;
    char *field = strcasestr(connection->buffer, "\r\ncontent-length:");
    int expected = field && field < body ? atoi(field + 17) : 0;
    if (connection->length < (int)(body + 4 - connection->buffer) + expected) return 0;
    latencies[answered++] = seconds() - connection->sent;
    if (!strncmp(connection->buffer, "HTTP/1.1 20", 11)) accepted++;
    return 1;
}

static int ascending(const void *left, const void *right) {
    double difference = *(const double *)left - *(const double *)right;
    return (difference > 0) - (difference < 0);
}

int main(int count, char **arguments) {
    if (count != 5) return fprintf(stderr, "usage: http_load PORT KEYS CONNECTIONS FILE\n"), 2;
    for (char *key = strtok(arguments[2], ","); key && key_count < 64; key = strtok(NULL, ",")) keys[key_count++] = key;
    int connection_count = atoi(arguments[3]);
    read_lines(arguments[4]);
    if (connection_count < 1 || key_count < 1 || line_count < connection_count) return fprintf(stderr, "http_load: too few requests\n"), 2;
    latencies = calloc((size_t)line_count, sizeof *latencies);
    struct connection *connections = calloc((size_t)connection_count, sizeof *connections);
    int poll = epoll_create1(0);
    if (!latencies || !connections || poll < 0) fail("start");

    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(arguments[1]))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (int index = 0; index < connection_count; index++) {
        int on = 1, handle = socket(AF_INET, SOCK_STREAM, 0);
        if (handle < 0 || connect(handle, (struct sockaddr *)&address, sizeof address)) fail("connect");
        setsockopt(handle, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        connections[index].socket = handle;
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = &connections[index]};
        if (epoll_ctl(poll, EPOLL_CTL_ADD, handle, &event)) fail("epoll");
    }

    double start = seconds();
    for (int index = 0; index < connection_count; index++) send_next(&connections[index]);
    while (answered < line_count) {
        struct epoll_event events[64];
        int ready = epoll_wait(poll, events, 64, 10000);
        if (ready == 0) return fprintf(stderr, "http_load: no answer for 10 s\n"), 1;
        for (int index = 0; index < ready; index++) {
            struct connection *connection = events[index].data.ptr;
            if (receive(connection)) send_next(connection);
        }
    }
    double wall = seconds() - start;

    qsort(latencies, (size_t)answered, sizeof *latencies, ascending);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    double cpu = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
        + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
    printf("{\"answers\": %d, \"ok\": %d, \"seconds\": %.6f, \"p50\": %.6f, \"p99\": %.6f, \"max\": %.6f, \"cpu\": %.6f}\n",
        answered, accepted, wall, latencies[answered / 2], latencies[(int)((double)answered * 0.99)],
        latencies[answered - 1], cpu);
    return 0;
}
