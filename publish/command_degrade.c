#include "publish/degrade_fleet.h"
#include "publish/degrade_key.h"

int command_degrade(const struct command *command, int argc, char **argv)
{
    static struct degrade_options options; /* it is large */
    int status = degrade_options_parse(&options, command, argc, argv);
    if (status != CONNECTION_OPTIONS_TAKEN) {
        return status;
    }
    return (options.is_admin ? degrade_fleet_run : degrade_key_run)(command, &options);
}
