// Runs the statements of a cancel without a server: what is left is SQLite and the disk. Prints one line of JSON.
//
// usage: sql_by_hand DATABASE KEY-ID DIGEST CALLS-A-COMMIT FILE     DIGEST: of the key's secret, in hex; FILE: one call id a line
//
// The statements, the indexes (it is the server's own database file) and the settings of the connection are the server's. All are
// prepared once, all columns are read, one thread does one thing after the other.
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

static sqlite3 *writer, *reader;

static void check(int code, int wanted, const char *what) {
    if (code == wanted) return;
    fprintf(stderr, "sql_by_hand: %s: %s / %s\n", what, sqlite3_errmsg(writer), sqlite3_errmsg(reader));
    exit(1);
}

static double seconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static sqlite3 *open_database(const char *path) {
    sqlite3 *database;
    check(sqlite3_open_v2(path, &database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL), SQLITE_OK, "open");
    check(sqlite3_exec(database,
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = OFF;"
        "PRAGMA temp_store = MEMORY; PRAGMA cache_size = -8000", NULL, NULL, NULL), SQLITE_OK, "settings");
    return database;
}

static sqlite3_stmt *prepare(sqlite3 *database, const char *sql) {
    sqlite3_stmt *statement;
    check(sqlite3_prepare_v3(database, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL), SQLITE_OK, sql);
    return statement;
}

static void run(sqlite3_stmt *statement) {
    check(sqlite3_step(statement), SQLITE_DONE, sqlite3_sql(statement));
    sqlite3_reset(statement);
}

static void text(sqlite3_stmt *statement, int index, const char *value) {
    sqlite3_bind_text(statement, index, value, -1, SQLITE_TRANSIENT);
}

// Reads every column of the one row that there must be, as a caller would.
static void read_row(sqlite3_stmt *statement) {
    check(sqlite3_step(statement), SQLITE_ROW, sqlite3_sql(statement));
    volatile long long sum = 0;
    for (int column = 0; column < sqlite3_column_count(statement); column++) {
        if (sqlite3_column_type(statement, column) == SQLITE_INTEGER) sum += sqlite3_column_int64(statement, column);
        if (sqlite3_column_type(statement, column) == SQLITE_TEXT) sum += sqlite3_column_text(statement, column)[0];
    }
}

int main(int count, char **arguments) {
    if (count != 6) return fprintf(stderr, "usage: sql_by_hand DATABASE KEY-ID DIGEST CALLS-A-COMMIT FILE\n"), 2;
    const char *key_id = arguments[2], *hex = arguments[3];
    int batch = atoi(arguments[4]);
    unsigned char digest[32];
    for (int index = 0; index < 32; index++) {
        unsigned int byte;
        if (sscanf(hex + 2 * index, "%2x", &byte) != 1) return fprintf(stderr, "sql_by_hand: no digest\n"), 2;
        digest[index] = (unsigned char)byte;
    }
    FILE *file = fopen(arguments[5], "r");
    if (!file || batch < 1) return fprintf(stderr, "sql_by_hand: cannot read %s\n", arguments[5]), 2;

    writer = open_database(arguments[1]);
    reader = open_database(arguments[1]);
    sqlite3_stmt *begin_read = prepare(reader, "BEGIN DEFERRED TRANSACTION"), *end_read = prepare(reader, "COMMIT");
    sqlite3_stmt *key = prepare(reader,
        "SELECT id, organization, name, role, created, expires, revoked FROM keys WHERE digest = ?");
    sqlite3_stmt *begin = prepare(writer, "BEGIN IMMEDIATE"), *commit = prepare(writer, "COMMIT");
    sqlite3_stmt *call = prepare(writer,
        "SELECT key, id, organization, agent, phase, status, held, priority, due, phone, contact_name, contact_email, "
        "caller_id, scheduled, created, updated, ended, failure_reason, outcome, cancelled_key, cancelled_reason, "
        "cancelled_at, metadata, call_metadata, attempts, events FROM calls WHERE id = ?");
    sqlite3_stmt *update = prepare(writer,
        "UPDATE calls SET phase = ?, status = ?, due = ?, updated = ?, answered = ?, ended = ?, failure_reason = ?, "
        "outcome = ?, cancelled_key = ?, cancelled_reason = ?, cancelled_at = ?, carrier_call = ?, attempts = ?, "
        "events = ? WHERE key = ?");
    sqlite3_stmt *event = prepare(writer, "INSERT INTO events (call, sequence, at, what) VALUES (?, ?, ?, ?)");

    char id[128];
    int done = 0;
    double start = seconds();
    int in_batch = 0;
    while (fgets(id, sizeof id, file)) {
        id[strcspn(id, "\n")] = 0;
        run(begin_read);
        sqlite3_bind_blob(key, 1, digest, 32, SQLITE_STATIC);
        read_row(key);
        sqlite3_reset(key);
        run(end_read);

        struct timeval time;
        gettimeofday(&time, NULL);
        long long now = (long long)time.tv_sec * 1000 + time.tv_usec / 1000;
        if (in_batch == 0) run(begin);
        text(call, 1, id);
        read_row(call);
        long long row = sqlite3_column_int64(call, 0), due = sqlite3_column_int64(call, 8);
        long long events = sqlite3_column_int64(call, 25);
        sqlite3_reset(call);
        sqlite3_clear_bindings(update);
        sqlite3_bind_int64(update, 1, 5);
        text(update, 2, "cancelled");
        sqlite3_bind_int64(update, 3, due);
        sqlite3_bind_int64(update, 4, now);
        sqlite3_bind_int64(update, 6, now);
        text(update, 9, key_id);
        sqlite3_bind_int64(update, 11, now);
        sqlite3_bind_int64(update, 13, 0);
        sqlite3_bind_int64(update, 14, events + 1);
        sqlite3_bind_int64(update, 15, row);
        run(update);
        sqlite3_bind_int64(event, 1, row);
        sqlite3_bind_int64(event, 2, events + 1);
        sqlite3_bind_int64(event, 3, now);
        text(event, 4, "call.cancelled");
        run(event);
        done++;
        if (++in_batch == batch) {
            run(commit);
            in_batch = 0;
        }
    }
    if (in_batch > 0) run(commit);
    printf("{\"calls\": %d, \"seconds\": %.6f}\n", done, seconds() - start);
    return 0;
}
