/* What each kind of agent reports, and where in its body it stands: one table, so that a new
 * service is a line in it. Layer http. */
#ifndef CT_AGENT_KIND_H
#define CT_AGENT_KIND_H

#include "agent_charge.h"
#include "json_read.h"

struct ct_agent_number {
    const char *from; /* member of a resource */
    const char *to;   /* field of the table `resource` */
};

/* A part of a body that lists resources, or is one. */
struct ct_agent_section {
    const char *member;  /* of the sections' object: "ec2" */
    const char *list;    /* its member that lists the resources; NULL: it is one itself */
    const char *inner;   /* the resources are in lists inside those of `list`; NULL: they are not */
    const char *service; /* tags of its resources */
    const char *kind;    /* "instance" */
    const char *id;      /* member that tells a resource; NULL: the service does */
    const char *outer_id;    /* of inner ones: stands before theirs, with a "/" */
    const char *region;      /* member; NULL: the agent's */
    const char *cluster;     /* member that names a cluster, of the outer one where there is one */
    const char *state;       /* member */
    const char *money;       /* member; NULL: it tells no money */
    enum ct_money_form form; /* of `money` */
    const char *start;       /* members */
    const char *end;
    const char *uptime_hours;
    const char *entry_id; /* of CT_MONEY_ONCE: tells one run from another */
    bool is_repeated;     /* the same member as the section before */
    struct ct_agent_number numbers[5];
};

struct ct_agent_kind {
    const char *provider; /* tag */
    const char *type;     /* what it calls itself when it registers */
    uint32_t interval_s;  /* of its reports, where it says nothing else */
    const char *head[2];  /* path of the object that says whose resources these are; NULL: ends */
    const char *base[3];  /* path of the sections' object */
    const char *account;  /* members of the head */
    const char *region;
    const struct ct_agent_section *sections;
    size_t section_count;
};

/* By what a body has in it; NULL: none that is known. */
const struct ct_agent_kind *ct_agent_kind_of_body(const struct ct_json *body);
/* By what an agent calls itself; NULL: none that is known. */
const struct ct_agent_kind *ct_agent_kind_of_type(struct ct_text type);

/* A member by a path of at most `count` names. `steps` keeps the objects on the way. */
struct ct_json ct_agent_descend(const struct ct_json *from, const char *const *path, size_t count,
                                struct ct_json *steps);

#endif
